// SPDX-License-Identifier: BSD-2-Clause
// Probes of the original rules against the cost model of the TNT specification, section 9.4, which holds when at least
// two routers stand before the ingress (k >= 3).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "run_scenario.hpp"

namespace utnt::sim {
namespace {

/// VP, CE0, CE1, PE1 (TTL 3), P1..PN, PE2, CE2, D.
std::string line(unsigned n, std::string_view as_keys, std::string_view more = "") {
  std::string inner, core = "\"PE1\"";
  for (unsigned j = 1; j <= n; ++j) core += fmt::format(", \"P{}\"", j);
  core += ", \"PE2\"";
  return fmt::format(
      "title = \"Cost\"\nchain = [\"VP\", \"CE0\", \"CE1\", {}, \"CE2\", \"D\"]\ndestinations = [\"D\"]\n\n"
      "[as.core]\nrouters = [{}]\npush_ttl = \"pipe\"\n{}\n{}\n",
      core, core, as_keys, more);
}

Run run_line(unsigned n, std::string_view as_keys, std::string_view more = "", bool brute_force = false) {
  auto asked = request("cost", "tnt");
  asked.text = line(n, as_keys, more);
  asked.options.frpla = 1;
  asked.options.brute_force = brute_force;
  return run_scenario(asked);
}

unsigned path_probes(const Run& run) {
  unsigned sum = 0;
  for (const auto& path : run.trace().paths) sum += path.probes_sent;
  return sum;
}

constexpr unsigned visible = 6;  ///< CE0, CE1, PE1, PE2, CE2, D

TEST(Cost, the_initial_trace_costs_one_probe_a_hop_and_one_ping_an_address) {
  auto asked = request("cost", "tnt");
  asked.text = line(3, "mpls = false");
  const auto run = run_scenario(asked);
  EXPECT_EQ(run.trace().initial.probes_sent, 9U);
  EXPECT_EQ(run.ping_probes(), 9U);
  EXPECT_EQ(path_probes(run), 0U);
}

TEST(Cost, direct_revelation_of_n_routers_costs_n_plus_8_probes_and_n_pings) {
  for (unsigned n = 2; n <= 8; ++n) {
    const auto run = run_line(n, "profile = \"J\"");
    const Blame blame{run};
    EXPECT_EQ(run.trace().initial.probes_sent, visible);
    EXPECT_EQ(path_probes(run), n + 8) << n << " LSRs";
    EXPECT_EQ(run.ping_probes(), visible + n) << n << " LSRs";
  }
}

TEST(Cost, backward_revelation_of_n_routers_costs_5_n_plus_4_probes_and_n_pings) {
  for (unsigned n = 1; n <= 8; ++n) {
    const auto run = run_line(n, "");
    const Blame blame{run};
    EXPECT_EQ(path_probes(run), 5 * n + 4) << n << " LSRs";
    EXPECT_EQ(run.ping_probes(), visible + n) << n << " LSRs";
  }
}

TEST(Cost, a_silent_router_costs_two_more_probes_and_no_closing_trace_when_recursion_ends_there) {
  // The step that finds P3 costs 5, the one that meets the silent P2 costs 5 + 2; nothing follows.
  const auto run = run_line(3, "", "[node.P2]\nanswers_te = \"no\"\nanswers_er = \"no\"\nanswers_du = \"no\"\n");
  const Blame blame{run};
  EXPECT_EQ(path_probes(run), 5U + 7U);
}

TEST(Cost, an_attempt_that_reveals_nothing_costs_four_probes) {
  // A longer way back without MPLS: R3 and every later router trigger in vain.
  const auto run = run_scenario(request("s33_asymmetric_return", "tnt"));
  const Blame blame{run};
  ASSERT_EQ(run.trace().paths.size(), 4U);
  // The first of them has but one router before its ingress.
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(run.trace().paths[i].probes_sent, 4U) << i;
}

TEST(Cost, a_target_that_never_answers_costs_fourteen_probes_more) {
  // Two before the ingress, the ingress, then five silent TTLs of three probes instead of one answer.
  const auto run = run_line(3, "label_scope = \"none\"", "[node.PE2]\nanswers_er = \"no\"\n", true);
  const Blame blame{run};
  ASSERT_FALSE(run.trace().paths.empty());
  // Without labels nothing is hidden: the path to PE2 from P3 is the one with start at TTL 6.
  bool seen = false;
  for (const auto& path : run.trace().paths) {
    if (path.stop != report::StopReason::gap_limit) continue;
    EXPECT_EQ(path.probes_sent, 18U);
    seen = true;
  }
  EXPECT_TRUE(seen);
}

TEST(Cost, a_buddy_costs_eight_probes_and_two_pings_and_the_end_eight) {
  for (unsigned n = 1; n <= 5; ++n) {
    const auto run = run_line(n, "pop_mode = \"explicit_null\"");
    const Blame blame{run};
    const unsigned found = n + 1;  // the LSRs and the egress
    // The last buddy is the ingress itself, which answers one TTL earlier than the model's target.
    EXPECT_EQ(path_probes(run), 8 * found + 8 - 1) << n << " LSRs";
    // Visible: CE0, CE1, PE1, CE2, D. One ping to the base of each of the found ones' links and of the last.
    EXPECT_EQ(run.ping_probes(), 5 + found + found + 1) << n << " LSRs";
  }
}

}  // namespace
}  // namespace utnt::sim
