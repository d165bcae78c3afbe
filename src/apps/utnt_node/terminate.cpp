// SPDX-License-Identifier: BSD-2-Clause
// What happens with an exception that nobody took, instead of the standard library's handler of this name: that one
// spells out the exception's type, for which it brings a demangler of 45 kB along.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace __gnu_cxx {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is the library's, which finds ours in its place
[[noreturn]] void __verbose_terminate_handler() {
  constexpr std::string_view text = "utnt-node: ended by an exception that nobody expected\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace __gnu_cxx
