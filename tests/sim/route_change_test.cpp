// SPDX-License-Identifier: BSD-2-Clause
// S46: the route changes between trace and revelation. No path of two epochs is ever reported; where the old route
// comes back, the revelation succeeds after all.
#include <gtest/gtest.h>

#include <set>

#include "support/seeds.hpp"
#include "truth_check.hpp"

namespace utnt::sim {
namespace {

constexpr std::size_t fixed_seeds = 4;

TEST(RouteChange, what_is_reported_as_found_was_there_at_the_time_of_the_trace) {
  for (const char* scenario : {"s46_route_change", "s46_route_flap"}) {
    for (const auto seed : test::seeds_for("route_change", fixed_seeds)) {
      const auto run = run_scenario(request(scenario, "utnt", seed));
      const Blame blame{run};
      const auto scored = lab::match_tunnels(run.trace(), run.truth());
      EXPECT_TRUE(scored.untrue.empty()) << scenario;
      for (const auto& match : scored.tunnels) {
        // Behind PE1 and behind PE1b the tunnel runs through the same routers.
        if (match.found != nullptr) {
          EXPECT_TRUE(match.lsrs_right) << scenario;
        }
      }
      if (HasFailure()) return;
    }
  }
}

TEST(RouteChange, a_tunnel_that_cannot_be_asked_any_more_is_reported_as_suspected) {
  const auto run = run_scenario(request("s46_route_change", "utnt"));
  const Blame blame{run};
  ASSERT_EQ(run.trace().tunnels.size(), 1U);
  EXPECT_NE(run.trace().tunnels[0].completeness, report::Completeness::incomplete);
}

TEST(RouteChange, a_retry_after_the_old_route_came_back_succeeds) {
  const auto run = run_scenario(request("s46_route_flap", "utnt"));
  const Blame blame{run};
  EXPECT_EQ(deviations(run), std::set<std::string>{});
}

}  // namespace
}  // namespace utnt::sim
