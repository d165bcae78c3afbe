// SPDX-License-Identifier: BSD-2-Clause
// Improvements on what the original looks for and how it asks: for each a network in which the original rules fail as
// the TNT specification says, and the default rules do not. The table is docs/reference/improvements.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "truth_check.hpp"

namespace utnt::sim {
namespace {

using Lines = std::set<std::string>;

Run run(const std::string& scenario, const std::string& rules) { return run_scenario(request(scenario, rules)); }

Run run_text(const std::string& name, const std::string& text, const std::string& rules) {
  auto asked = request(name, rules);
  asked.text = text;
  return run_scenario(asked);
}

constexpr auto line_of_three =
    "title = \"Improvement\"\nchain = [\"VP\", \"CE1\", \"PE1\", \"P1\", \"P2\", \"P3\", \"PE2\", \"CE2\", \"D\"]\n"
    "destinations = [\"D\"]\n\n[as.core]\nrouters = [\"PE1\", \"P1\", \"P2\", \"P3\", \"PE2\"]\npush_ttl = \"pipe\"\n";

void expect_only_default_rules_see(const std::string& scenario, const Lines& original) {
  const auto tnt = run(scenario, "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_EQ(deviations(tnt), original);
  const auto utnt = run(scenario, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
}

TEST(Improvement1, every_tunnel_of_a_path_is_revealed_and_not_the_first_only) {
  expect_only_default_rules_see("s31_two_invisible", {"invisible_php PE3-PE4 not found"});
}

TEST(Improvement2, a_longer_way_back_does_not_test_every_later_hop) {
  const auto tnt = run("s33_asymmetric_return", "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_EQ(tnt.summary.counters.revelations, 4U);
  const auto utnt = run("s33_asymmetric_return", "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_LE(utnt.summary.counters.revelations, 1U);
  EXPECT_EQ(deviations(utnt), Lines{});
}

TEST(Improvement2, short_tunnels_among_255_initial_routers_are_found) {
  expect_only_default_rules_see("s10_short_n1", {"invisible_php PE1-PE2 not found"});
  expect_only_default_rules_see("s10_short_n2", {"invisible_php PE1-PE2 not found"});
}

TEST(Improvement3, a_tunnel_among_64_initial_routers_shows_behind_them) {
  expect_only_default_rules_see("s15_unix_core", {"invisible_php PE1-PE2 not found"});
}

TEST(Improvement4, one_sample_of_an_unsteady_way_back_is_no_reason_for_a_revelation) {
  // Of three answers that pass R3, one goes to the left, where the way is four routers longer.
  const std::string text =
      "title = \"Unsteady\"\nchain = [\"VP\", \"R1\", \"R2\", \"R3\", \"R4\", \"D\"]\ndestinations = [\"D\"]\n\n"
      "[[branch]]\npath = [\"R3\", \"A1\", \"A2\", \"A3\", \"A4\", \"R2\"]\n\n[link.\"R3-A1\"]\ncost = 50\n\n"
      "[[route]]\npath = [\"A1\", \"A2\", \"A3\", \"A4\", \"R2\"]\nto = \"VP\"\n\n"
      "[[route]]\nat = \"R3\"\nto = \"VP\"\nvia = [\"A1\", \"R2\", \"R2\"]\n\n[node.R3]\necmp_hash = \"per_packet\"\n";
  const auto tnt = run_text("unsteady", text, "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_GE(tnt.summary.counters.revelations, 1U);
  const auto utnt = run_text("unsteady", text, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(utnt.summary.counters.revelations, 0U);
}

TEST(Improvement5, a_revelation_that_misses_the_ingress_tries_other_flows) {
  expect_only_default_rules_see("s27_ecmp_ingress", {"invisible_php PE1-PE2 not found"});
}

TEST(Improvement6, an_ingress_that_answers_by_another_address_is_recognised) {
  expect_only_default_rules_see("s41_third_party", {"invisible_php PE1-PE2 not found"});
}

TEST(Improvement14, an_ingress_that_names_its_incoming_interface_is_recognised_without_a_neighbour) {
  // PE1 answers from its loopback while it is looked for, and the router before it is silent: only RFC 5837 tells.
  const auto text = std::string{line_of_three} +
                    "\n[node.CE1]\nanswers_te = \"no\"\n\n[node.PE1]\nthird_party = \"loopback\"\n"
                    "third_party_to = [\"20.0.6.2\", \"20.0.5.2\", \"20.0.4.2\", \"20.0.3.2\"]\n";
  const Lines missed{"invisible_php PE1-PE2 not found"};
  const Lines suspected{"invisible_php PE1-PE2 suspected only"};
  const auto tnt = run_text("named_interface", text + "multi_object = true\n", "tnt");
  EXPECT_EQ(deviations(tnt), missed);
  EXPECT_EQ(deviations(run_text("unnamed_interface", text, "utnt")), suspected) << "what this test is about";
  const auto utnt = run_text("named_interface", text + "multi_object = true\n", "utnt");
  const Blame blame{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
}

TEST(Improvement7, a_silent_first_router_does_not_end_the_recursion) {
  const auto text = std::string{line_of_three} +
                    "profile = \"J\"\n\n[node.P1]\nanswers_te = \"no\"\nanswers_er = \"no\"\nanswers_du = \"no\"\n";
  const auto tnt = run_text("silent_first", text, "tnt");
  const Blame blame_tnt{tnt};
  ASSERT_EQ(tnt.trace().tunnels.size(), 1U);
  EXPECT_EQ(tnt.trace().tunnels[0].completeness, report::Completeness::incomplete);
  const auto utnt = run_text("silent_first", text, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
  ASSERT_EQ(utnt.trace().tunnels.size(), 1U);
  EXPECT_EQ(utnt.trace().tunnels[0].completeness, report::Completeness::complete);
}

TEST(Improvement8, silence_costs_one_short_wait_and_the_hops_are_asked_side_by_side) {
  const auto tnt = run("s23_two_silent", "tnt");
  const auto utnt = run("s23_two_silent", "utnt");
  const Blame blame{utnt};
  const auto duration = [](const sim::Run& r) { return r.trace().end - r.trace().start; };
  constexpr std::int64_t second = 1'000'000'000;
  EXPECT_GE(duration(tnt), 6 * second) << "two silent hops of three probes and a second each";
  EXPECT_LE(duration(utnt), 2 * second);
  EXPECT_EQ(utnt.trace().hops.size(), tnt.trace().hops.size()) << "every hop is still listed";
}

TEST(Improvement12, what_is_detected_but_not_revealed_is_reported_as_suspected) {
  const auto tnt = run("s26_target_blocked", "tnt");
  EXPECT_TRUE(tnt.trace().tunnels.empty());
  const auto utnt = run("s26_target_blocked", "utnt");
  const Blame blame{utnt};
  ASSERT_EQ(utnt.trace().tunnels.size(), 1U);
  const auto& tunnel = utnt.trace().tunnels[0];
  EXPECT_EQ(tunnel.completeness, report::Completeness::suspected);
  EXPECT_EQ(tunnel.estimated_lsrs, 3U) << "FRPLA 3";
  EXPECT_EQ(tunnel.revealed_lsrs, 0U);
}

TEST(Improvement16, a_target_that_is_mute_to_echo_is_asked_by_udp) {
  expect_only_default_rules_see("s26_no_echo", {"invisible_php PE1-PE2 not found"});
}

TEST(Improvement16, routers_that_are_mute_to_echo_show_their_detour_by_port_unreachables) {
  auto text = std::string{line_of_three} + "rfc4950 = \"off\"\nqttl_quote = \"rewritten_1\"\n";
  constexpr std::string_view pipe = "pipe";
  text.replace(text.find(pipe), pipe.size(), "uniform");
  for (const auto* router : {"P1", "P2", "P3"}) text += fmt::format("\n[node.{}]\nanswers_er = \"no\"\n", router);
  const auto tnt = run_text("mute_implicit", text, "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_EQ(deviations(tnt), Lines{"implicit PE1-PE2 not found"});
  const auto utnt = run_text("mute_implicit", text, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
  ASSERT_EQ(utnt.truth().tunnels.size(), 1U);
  EXPECT_TRUE(utnt.truth().tunnels[0].detectable);
  std::size_t asked = 0;
  for (const auto& path : utnt.trace().paths) asked += path.kind == report::PathKind::signature ? 1 : 0;
  EXPECT_EQ(asked, 3U) << "one UDP probe for each mute router";
  for (const auto& hop : utnt.trace().hops) EXPECT_EQ(hop.unreachable_ttl != 0, hop.er_ttl == 0) << hop.probe_ttl;
}

TEST(Improvement19, both_possible_buddies_are_tried) {
  // A /31 whose other end is mute to echo passes for a /30, and the one buddy of the original does not exist.
  const auto text = std::string{line_of_three} +
                    "pop_mode = \"explicit_null\"\n\n[link.\"PE2-CE2\"]\naddresses = [\"20.0.7.0\", \"20.0.7.1\"]\n"
                    "length = 31\n\n[node.PE2]\nanswers_er = \"no\"\n";
  const auto tnt = run_text("mute_base", text, "tnt");
  const Blame blame_tnt{tnt};
  EXPECT_EQ(deviations(tnt), Lines{"invisible_uhp PE1-PE2 not found"});
  const auto utnt = run_text("mute_base", text, "utnt");
  const Blame blame_utnt{utnt};
  EXPECT_EQ(deviations(utnt), Lines{});
}

TEST(Improvement19b, an_ingress_at_the_first_ttl_is_accepted) {
  expect_only_default_rules_see("s50_ingress_first", {"invisible_uhp PE1-PE2 not found"});
}

}  // namespace
}  // namespace utnt::sim
