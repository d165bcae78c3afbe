// SPDX-License-Identifier: BSD-2-Clause
// A revelation loses no round trip that it need not: what will probably be needed next runs beside what runs now.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "truth_check.hpp"

namespace utnt::sim {
namespace {

using report::PathKind;

Run run_unpaced(const std::string& scenario) {
  auto asked = request(scenario, "utnt");
  asked.options.pps = 0;
  return run_scenario(asked);
}

std::vector<results::Path> of_kind(const Run& run, PathKind kind) {
  std::vector<results::Path> out;
  for (const auto& path : run.trace().paths) {
    if (path.kind == kind) out.push_back(path);
  }
  return out;
}

results::Nanoseconds revelation_time(const Run& run) {
  results::Nanoseconds first = run.trace().end, last = 0;
  for (const auto& path : run.trace().paths) {
    if (path.kind == PathKind::confirmation) continue;
    first = std::min(first, path.start);
    last = std::max(last, path.end);
  }
  return last - first;
}

results::Nanoseconds slowest_answer(const Run& run) {
  results::Nanoseconds slowest = 0;
  for (const auto& path : run.trace().paths) {
    for (const auto& reply : path.replies) slowest = std::max(slowest, reply.rtt);
  }
  return slowest;
}

TEST(SideBySide, a_backward_step_takes_one_round_trip) {
  const auto run = run_unpaced("s07_php_brpr");
  const Blame blame{run};
  const auto steps = of_kind(run, PathKind::revelation);
  ASSERT_GE(steps.size(), 3U);
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_LE(steps[i].end - steps[i].start, slowest_answer(run)) << i;
}

TEST(SideBySide, after_the_first_buddy_ordinary_trace_and_buddy_share_their_round_trip) {
  const auto run = run_unpaced("s17_uhp_buddy");
  const Blame blame{run};
  const auto buddies = of_kind(run, PathKind::buddy);
  const auto ordinary = of_kind(run, PathKind::revelation);
  ASSERT_EQ(buddies.size(), 5U) << "PE2, P3, P2, P1 and the ingress";
  ASSERT_EQ(ordinary.size(), 5U);
  EXPECT_GE(buddies[0].start, ordinary[0].end) << "nothing tells yet that a buddy will be needed";
  for (std::size_t i = 1; i < buddies.size(); ++i) EXPECT_EQ(buddies[i].start, ordinary[i].start) << i;
  EXPECT_LE(revelation_time(run), 6 * slowest_answer(run));
}

TEST(SideBySide, flows_that_may_pass_the_ingress_are_tried_at_once_and_only_as_far_as_the_ingress) {
  const auto run = run_unpaced("s27_ecmp_ingress");
  const Blame blame{run};
  const auto scouts = of_kind(run, PathKind::confirmation);
  ASSERT_EQ(scouts.size(), 4U);
  for (const auto& scout : scouts) {
    EXPECT_EQ(scout.start, scouts[0].start);
    EXPECT_EQ(scout.last_ttl, 2) << "PE1 stands at TTL 2";
  }
}

}  // namespace
}  // namespace utnt::sim
