// SPDX-License-Identifier: BSD-2-Clause
// Another controller at a node of ours, as that node's agent tells of it: one that is served there when we come, or
// one that takes our place. The agent may lie; what it says is shown, and is a reason to leave that node alone.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace utnt::fleet {

struct OtherController {
  std::string key;        ///< as text, a key that can be one
  std::string place;      ///< where it says that it runs; may be empty
  std::string instance;   ///< another program may have our key
  std::int64_t since_ns;  ///< our wall clock, when it came
};

/// Nothing: nobody is named, or nobody's key.
std::optional<OtherController> parse_other_controller(const nlohmann::json& told, std::int64_t now_ns);

/// Who it is, for people; `our_key` as text.
std::string text_of(const OtherController& other, const std::string& our_key);
/// Where a controller runs, for others: host and process.
std::string this_program();
/// The first digits of a key's fingerprint.
std::string short_fingerprint(const std::string& key);
/// Seconds, UTC.
std::string wall_clock_text(std::int64_t ns);

}  // namespace utnt::fleet
