// SPDX-License-Identifier: BSD-2-Clause
// What the exit status of every command says, so that scripts can tell a bad argument from a missing privilege.
// The numbers are documented in docs/reference/ and never change.
#pragma once

namespace utnt::os_linux {

enum class ExitCode : int {
  done = 0,
  done_with_failures = 1,  ///< finished; the failures are counted in the summary
  bad_input = 2,           ///< usage, or an input that cannot be read as what it should be
  not_permitted = 3,       ///< a privilege or a permission is missing
  environment = 4,         ///< no route, no interface, no space, no device
  refused = 5,             ///< a safety rule forbids it
  no_trailer = 124,        ///< a guest ended without closing its result stream
  guest_fault = 125,
  guest_assertion = 126,
  interrupted = 130,  ///< by a signal; the output is valid
};

constexpr int to_int(ExitCode code) { return static_cast<int>(code); }

}  // namespace utnt::os_linux
