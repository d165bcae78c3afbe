// SPDX-License-Identifier: BSD-2-Clause
// SIGINT and SIGTERM as a flag and a descriptor: the probing loop looks at the flag and sleeps on the descriptor,
// so that Ctrl-C ends it at once and the output is closed properly. SIGHUP either ends it too, or is only noted.
#pragma once

#include <cstdint>

namespace utnt::os_linux {

enum class HangUp : std::uint8_t {
  stops,     ///< as SIGTERM: the terminal is gone
  is_noted,  ///< the custom of daemons: something is to be read again; see take_hang_up()
};

/// While an object lives, the two signals (and SIGHUP) set the flag instead of killing the process; a second SIGINT
/// kills it after all. At most one object at a time. Destruction restores what was there before.
class StopSignals {
 public:
  explicit StopSignals(HangUp hang_up = HangUp::stops);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] bool requested() const noexcept;
  /// Number of the first signal that came, 0 = none.
  [[nodiscard]] int number() const noexcept;
  /// True once after each SIGHUP (several in a row may count as one); always false with HangUp::stops.
  [[nodiscard]] bool take_hang_up() noexcept;
  /// Becomes readable when a signal that stops has come, and stays so.
  [[nodiscard]] int fd() const noexcept;
};

}  // namespace utnt::os_linux
