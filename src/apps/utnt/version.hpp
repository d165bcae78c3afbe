// SPDX-License-Identifier: BSD-2-Clause
// What `utnt --version` prints and every result's `run` line repeats.
#pragma once

#include <string>
#include <string_view>

namespace utnt::apps {

/// "1.2.3"
std::string_view version_number();
/// Abbreviated commit, with "+" when the tree was changed; "unknown" outside a repository.
std::string_view version_commit();
/// The lines of `utnt --version`.
std::string version_text();

}  // namespace utnt::apps
