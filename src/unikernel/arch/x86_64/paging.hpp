// SPDX-License-Identifier: BSD-2-Clause
// Page protection of the running image.
#pragma once

namespace utnt::unikernel::arch {

/// Refines what the entry mapped: the first 2 MiB by pages of 4 KiB (address 0 and the page under the stack unmapped,
/// code and constants read-only), and nothing but code executable.
void protect_pages();

}  // namespace utnt::unikernel::arch
