// SPDX-License-Identifier: BSD-2-Clause
// SIGINT and SIGTERM as a flag and a descriptor: the probing loop looks at the flag and sleeps on the descriptor,
// so that Ctrl-C ends it at once and the output is closed properly.
#pragma once

namespace utnt::os_linux {

/// While an object lives, the two signals (and SIGHUP) set the flag instead of killing the process; a second SIGINT
/// kills it after all. At most one object at a time. Destruction restores what was there before.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] bool requested() const noexcept;
  /// Number of the first signal that came, 0 = none.
  [[nodiscard]] int number() const noexcept;
  /// Becomes readable when a signal has come, and stays so.
  [[nodiscard]] int fd() const noexcept;
};

}  // namespace utnt::os_linux
