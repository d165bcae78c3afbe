// SPDX-License-Identifier: BSD-2-Clause
// Improvements on what the original concludes, counts and reports; see improvements_reveal_test.cpp for the others and
// docs/reference/improvements.md for the table.
#include <gtest/gtest.h>

#include <numeric>

#include "truth_check.hpp"

namespace utnt::sim {
namespace {

using Lines = std::set<std::string>;

Run run(const std::string& scenario, const std::string& rules) { return run_scenario(request(scenario, rules)); }

void expect_only_default_rules_see(const std::string& scenario, const Lines& original) {
  const auto tnt = run(scenario, "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_EQ(deviations(tnt), original);
  const auto utnt = run(scenario, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
}

TEST(Improvement9, the_egress_of_an_implicit_tunnel_is_the_true_one) {
  expect_only_default_rules_see("s04_implicit", {"implicit PE1-PE2 not found", "implicit PE1-CE2 is not there"});
  expect_only_default_rules_see("s05_implicit_uturn", {"implicit PE1-PE2 not found", "implicit PE1-CE2 is not there"});
}

TEST(Improvement9, so_is_the_egress_of_an_explicit_tunnel_with_a_label_on_its_last_hop) {
  const Lines off_by_one{"explicit PE1-PE2 not found", "explicit PE1-CE2 is not there"};
  expect_only_default_rules_see("s03_explicit_uhp", off_by_one);
  expect_only_default_rules_see("s49_two_labels", off_by_one);
}

TEST(Improvement11, a_packet_forwarded_with_ttl_0_makes_no_tunnel) {
  expect_only_default_rules_see("s35_zero_ttl", {"invisible_uhp R2-X is not there"});
}

TEST(Improvement13, an_opaque_hop_at_the_end_of_a_trace_is_the_egress) {
  const auto tnt = run("s29_last_ttl", "tnt");
  EXPECT_TRUE(tnt.trace().hops.back().marks.has(report::Mark::lsr));
  EXPECT_FALSE(tnt.trace().hops.back().marks.has(report::Mark::egress));
  const auto utnt = run("s29_last_ttl", "utnt");
  const Blame blame{utnt};
  EXPECT_FALSE(utnt.trace().hops.back().marks.has(report::Mark::lsr));
  EXPECT_TRUE(utnt.trace().hops.back().marks.has(report::Mark::egress));
}

TEST(Improvement14, labels_beside_other_objects_are_read_under_both_rule_sets) {
  // The parser defect of the original is not reproduced.
  for (const char* rules : {"tnt", "utnt"}) {
    const auto result = run("s39_multi_object", rules);
    const Blame blame{result};
    EXPECT_EQ(deviations(result), Lines{}) << rules;
    ASSERT_FALSE(result.trace().hops.at(2).replies.empty());
    EXPECT_EQ(result.trace().hops.at(2).replies.front().extensions.size(), 2U) << "RFC 4950 and RFC 5837";
  }
}

TEST(Improvement22, two_tunnels_that_share_a_router_are_not_merged_by_a_guess) {
  expect_only_default_rules_see("s30_shared_ler_juniper", {"explicit PE1-X not found", "explicit X-PE2 not found",
                                                           "explicit PE1-PE2 is not there"});
}

TEST(Improvement23, every_probe_is_counted_once) {
  const auto result = run("s05_implicit_uturn", "tnt");
  const Blame blame{result};
  const auto& probes = result.trace().probes;
  const auto of = [&](core::ProbeUse use) { return probes[static_cast<std::size_t>(use)]; };
  EXPECT_EQ(of(core::ProbeUse::initial), 8U);
  EXPECT_EQ(of(core::ProbeUse::ping), 8U);
  EXPECT_EQ(of(core::ProbeUse::nothing_revealed), 7U) << "two failed attempts of three and four probes";
  EXPECT_EQ(std::accumulate(probes.begin(), probes.end(), 0U), result.summary.counters.probes_sent);
}

TEST(Improvement25, a_trace_that_begins_at_a_later_ttl_is_analysed_all_the_same) {
  auto asked = request("s02_explicit", "utnt");
  asked.options.first_ttl = 2;
  const auto result = run_scenario(asked);
  const Blame blame{result};
  EXPECT_EQ(result.trace().hops.front().probe_ttl, 2U);
  EXPECT_EQ(deviations(result), Lines{});
}

TEST(Improvement26, a_tunnel_says_why_it_is_believed) {
  const auto result = run("s07_php_brpr", "utnt");
  const Blame blame{result};
  ASSERT_EQ(result.trace().tunnels.size(), 1U);
  const auto& tunnel = result.trace().tunnels[0];
  EXPECT_EQ(tunnel.trigger, report::Trigger::frpla);
  EXPECT_TRUE(tunnel.evidence.has(report::Evidence::frpla));
  EXPECT_TRUE(tunnel.evidence.has(report::Evidence::revealed));
  EXPECT_GE(tunnel.samples, 1U);
  EXPECT_EQ(tunnel.estimated_lsrs, 3U);
  EXPECT_EQ(tunnel.revealed_lsrs, 3U);
  EXPECT_EQ(tunnel.steps, 3U);
  EXPECT_EQ(tunnel.completeness, report::Completeness::complete);
  EXPECT_EQ(tunnel.confidence, report::Confidence::high);
}

}  // namespace
}  // namespace utnt::sim
