// SPDX-License-Identifier: BSD-2-Clause
// What one event asks for: what to measure, where, how urgently. Written as words after a time in an event list, or as
// a JSON object on one line (a trigger). What an event leaves out is the campaign's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/order.hpp"

namespace utnt::fleet {

struct EventSpec {
  std::vector<std::string> targets;       ///< canonical; empty: the campaign's
  std::string nodes{"all"};               ///< expression over names and tags, which the caller understands
  std::optional<std::uint32_t> count{1};  ///< so many nodes of these; none: every one
  int priority{0};                        ///< -100 to 100, higher goes first
  std::optional<Duration> start_by;       ///< after the event
  std::optional<Duration> finish_by;      ///< after the event
  std::optional<Variant> variant;
  std::optional<std::string> tender;
  std::optional<std::string> options;
  friend bool operator==(const EventSpec&, const EventSpec&) = default;
};

struct Trigger {
  std::optional<std::uint64_t> event;  ///< its number, for who asks again after an error: the same job
  EventSpec what;
};

inline constexpr int priority_max = 100;
inline constexpr std::size_t trigger_text_max = std::size_t{64} << 10;
inline constexpr std::uint32_t event_nodes_max = 10'000;
inline constexpr std::size_t event_expression_max = 1'000;

/// Words `KEY=VALUE` of an event list: targets, nodes, count, priority, start-by, finish-by, variant, tender, options;
/// none twice. Throws std::invalid_argument that names the key and what was expected; see check_event().
EventSpec event_from_words(std::span<const std::string> words);
/// A JSON object, or the words of an event list, on one line. Throws std::invalid_argument as above.
Trigger parse_trigger(std::string_view line);
/// Throws std::invalid_argument when the deadlines contradict each other, or tender and variant.
void check_event(const EventSpec& spec);

}  // namespace utnt::fleet
