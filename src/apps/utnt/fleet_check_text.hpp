// SPDX-License-Identifier: BSD-2-Clause
// What `utnt fleet nodes check` found out about one node, and how it is told: a row of a table, or a line of JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace utnt::apps {

struct Checked {
  std::string problem;  ///< empty: there is none
  std::string record_text, signature;
  nlohmann::ordered_json record;
  std::int64_t before_ns{0}, after_ns{0};  ///< our clock around the probe
  std::string host_key;
  bool is_new{false};  ///< enrolled by this check
  bool has_own_agent{false};
  std::string remark;
};

/// How far the node's clock is ahead of ours, and by how much that may be wrong: what lies between our stamps and the
/// node's was spent on the way, we do not know in which direction.
struct ClockOffset {
  std::int64_t ns{0}, uncertain_ns{0};
};

ClockOffset clock_offset(const Checked& checked);

/// Whether this field of a record is there and true.
bool is_true(const nlohmann::ordered_json& object, const char* name);

void print_check_head();
void print_check_row(const std::string& name, const Checked& checked);
void print_check_line(const std::string& name, const Checked& checked);

}  // namespace utnt::apps
