// SPDX-License-Identifier: BSD-2-Clause
// libsodium chooses its fastest code, and opens its source of randomness, once.
#pragma once

namespace utnt::fleet {

/// To be called before keys are made or hashes are computed. Throws TrustError when the library cannot start.
void start_sodium();

}  // namespace utnt::fleet
