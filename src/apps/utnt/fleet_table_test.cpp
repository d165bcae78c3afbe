// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace utnt::apps {
namespace {

using fleet::JobState;

fleet::JobRecord job_in(JobState state, const std::string& node, std::uint64_t event) {
  fleet::JobRecord job;
  job.order.id = std::string(32, static_cast<char>('a' + event % 6));
  job.order.event = event;
  job.state = state;
  job.node = node;
  return job;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

TEST(FleetTable, shows_nodes_slots_and_what_ended_last) {
  fleet::LiveState state;
  state.add_node("paris", 2, "Paris");
  state.add_node("rome", 1, "");
  state.add_node("vienna", 4, "");
  state.node_up("paris", "{}");
  state.node_down("rome", "no route to host");
  state.job_changed(job_in(JobState::running, "paris", 1));
  state.job_changed(job_in(JobState::done, "paris", 2));
  const auto text = joined(fleet_table(state, {"c1", "wait"}, Duration{2'500'000'000}, {120, 24}, Instant{1}));
  EXPECT_NE(text.find("campaign c1, policy wait, 2.5 s"), std::string::npos) << text;
  EXPECT_NE(text.find("paris            up            1/2          1"), std::string::npos) << text;
  EXPECT_NE(text.find("no route to host"), std::string::npos) << text;
  EXPECT_NE(text.find("vienna           connecting    0/4 "), std::string::npos) << text;
  EXPECT_NE(text.find("event 2      done      paris"), std::string::npos) << text;
}

TEST(FleetTable, never_leaves_the_terminal_whatever_its_size) {
  fleet::LiveState state;
  for (int i = 0; i < 50; ++i) state.add_node("node-" + std::to_string(i), 1, "");
  for (std::uint64_t i = 0; i < 30; ++i) state.job_changed(job_in(JobState::failed, "node-1", i));
  for (std::size_t rows = 1; rows < 70; ++rows) {
    for (const std::size_t columns : {1U, 20U, 80U}) {
      const auto lines = fleet_table(state, {"c", "wait"}, Duration{0}, {columns, rows}, Instant{1});
      EXPECT_LT(lines.size(), rows);
      EXPECT_TRUE(std::all_of(lines.begin(), lines.end(), [&](const auto& line) { return line.size() < columns; }));
    }
  }
  const auto text = joined(fleet_table(state, {"c", "wait"}, Duration{0}, {80, 24}, Instant{1}));
  EXPECT_NE(text.find("... and 37 more nodes"), std::string::npos) << text;  // 24 - 5 - 5 rows, the last one says so
}

TEST(FleetTable, prints_no_control_character_of_a_node) {
  fleet::LiveState state;
  state.node_down("n", "\x1b[2J\x1b]0;owned\x07");
  auto job = job_in(JobState::failed, "n", 1);
  job.detail = "\x1b[31m\r\n";
  state.job_changed(job);
  const auto lines = fleet_table(state, {"c", "wait"}, Duration{0}, {200, 24}, Instant{1});
  for (const auto& line : lines)
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; })) << line;
}

}  // namespace
}  // namespace utnt::apps
