// SPDX-License-Identifier: BSD-2-Clause
// How a run ended, or why a node does not take a job: a word for programs and a text for people, as one message text.
// `complete`, or the word, a tab and the text. What a node writes there is taken as it comes, cut to a bound.
#pragma once

#include <string>
#include <string_view>

namespace utnt::fleet {

struct Ending {
  bool is_complete{false};
  std::string reason;  ///< of fleet::reason; empty when complete
  std::string detail;
  friend bool operator==(const Ending&, const Ending&) = default;
};

inline constexpr std::string_view ending_complete = "complete";
inline constexpr std::size_t ending_reason_max = 64;
inline constexpr std::size_t ending_detail_max = 2'000;

inline Ending complete() { return {.is_complete = true, .reason = {}, .detail = {}}; }
inline Ending failed(std::string_view reason, std::string_view detail = {}) {
  return {.is_complete = false, .reason = std::string{reason}, .detail = std::string{detail}};
}

/// The text of a finish or refuse message.
std::string ending_text(const Ending& ending);
/// Any text: control characters become blanks; no reason at all is `bad result`.
Ending parse_ending(std::string_view text);

}  // namespace utnt::fleet
