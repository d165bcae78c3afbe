// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_resume.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "apps/utnt/fleet_replay_figures.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::apps {
namespace {

constexpr std::int64_t ms = 1'000'000, second = 1'000 * ms;

fleet::EventList two_events() {
  fleet::EventList list;
  list.events = {{.number = 1, .at = Duration{0}, .what = {}}, {.number = 2, .at = Duration{second}, .what = {}}};
  return list;
}

/// As a fleet tells of it: moments of a clock that began at `start`.
Deployment deployment(std::uint32_t run, std::uint64_t event, std::int64_t start) {
  Deployment one;
  one.run = run;
  one.event = event;
  one.node = "node-1";
  one.state = "done";
  one.answer = "abc";
  one.probes = 29;
  const auto due = start + static_cast<std::int64_t>(event - 1) * second;
  one.at = {{"due", due},
            {"accepted", due + ms},
            {"offered", due + 2 * ms},
            {"freed", due + 350 * ms},
            {"stored", due + 400 * ms}};
  return one;
}

struct Recorded {
  utnt::test::TemporaryDirectory directory;
  ReplayOptions options;
  Recorded(const std::vector<Deployment>& deployments) {
    options.directory = directory / "out";
    write_replay_files(options, summarise(options, deployments), deployments);
  }
  void add_line(const std::string& line) const {
    std::ofstream{options.directory + "/deployments.csv", std::ios::app} << line << "\n";
  }
  [[nodiscard]] std::string complaint() const {
    try {
      recorded_deployments(options, two_events());
    } catch (const Failure& failure) {
      return failure.what();
    }
    return {};
  }
};

TEST(ReplayResume, counts_runs_on_disk_as_if_they_had_been_played_now) {
  const std::vector played{deployment(1, 1, 5'000 * second), deployment(1, 2, 5'000 * second),
                           deployment(2, 1, 9'000 * second), deployment(2, 2, 9'000 * second)};
  const Recorded recorded{played};
  const auto read = recorded_deployments(recorded.options, two_events());
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[1].at.at("due"), second) << "from the beginning of its run";
  EXPECT_EQ(read[1].at.at("stored"), second + 400 * ms);
  EXPECT_EQ(read[3].run, 2U);
  EXPECT_EQ(read[3].probes, 29U);
  EXPECT_EQ(summary_json(recorded.options, summarise(recorded.options, read)),
            summary_json(recorded.options, summarise(recorded.options, played)));
}

TEST(ReplayResume, plays_a_run_again_that_was_cut_off) {
  const Recorded recorded{{deployment(1, 1, 0), deployment(1, 2, 0), deployment(2, 1, 0)}};
  EXPECT_EQ(recorded_deployments(recorded.options, two_events()).size(), 2U);
}

TEST(ReplayResume, finds_none_where_there_are_none) {
  ReplayOptions options;
  options.directory = "/nowhere";
  EXPECT_TRUE(recorded_deployments(options, two_events()).empty());
}

TEST(ReplayResume, names_what_differs_and_the_line_that_is_wrong) {
  Recorded recorded{{deployment(1, 1, 0), deployment(1, 2, 0)}};
  recorded.options.policy = "wait";
  EXPECT_NE(recorded.complaint().find("summary.json: policy is not \"wait\""), std::string::npos)
      << recorded.complaint();
  recorded.options.policy = "discard";
  recorded.options.is_cold = true;
  EXPECT_NE(recorded.complaint().find("start is not \"cold\""), std::string::npos) << recorded.complaint();
  recorded.options.is_cold = false;
  EXPECT_EQ(recorded.complaint(), "");
  recorded.add_line("2,1,node-1");
  EXPECT_NE(recorded.complaint().find("deployments.csv:4: expected 19 fields"), std::string::npos)
      << recorded.complaint();
}

TEST(ReplayResume, refuses_events_that_the_list_does_not_have) {
  const Recorded recorded{{deployment(1, 1, 0), deployment(1, 2, 0), deployment(1, 3, 0)}};
  EXPECT_NE(recorded.complaint().find("deployments.csv:4: event: not of this event list: '3'"), std::string::npos)
      << recorded.complaint();
}

}  // namespace
}  // namespace utnt::apps
