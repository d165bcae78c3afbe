// SPDX-License-Identifier: BSD-2-Clause
// The truth about every scenario: class, ends, and whether a rule of the specification can see it.
#include <gtest/gtest.h>

#include <map>

#include "emu/detectable.hpp"
#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

std::string describe_tunnels(const Truth& truth) {
  constexpr const char* classes[] = {"?", "EXP", "IMP", "OPA", "PHP", "UHP"};
  std::string out;
  for (const auto& t : truth.tunnels) {
    out.append(out.empty() ? "" : ", ").append(classes[static_cast<int>(t.tunnel_class)]).append(" ");
    out.append(truth.path[t.ingress].name).append("-").append(truth.path[t.egress].name);
    if (!t.detectable) out.append(" ").append(t.undetectable_rule);
  }
  return out;
}

std::string tunnels_of(std::string_view scenario) {
  const auto* found = find_builtin_scenario(scenario);
  const auto network = load_scenario(found->text, found->name, 1);
  return describe_tunnels(network->truth(network->info().destinations.front()));
}

TEST(Truth, OfTheScenariosIsThatOfTheirDescription) {
  const std::map<std::string, std::string> expected{
      {"s01_no_mpls", ""},
      {"s02_explicit", "EXP PE1-PE2"},
      {"s03_explicit_uhp", "EXP PE1-PE2"},
      {"s04_implicit", "IMP PE1-PE2"},
      {"s04b_last_hop_after_pop", "IMP PE1-PE2"},
      {"s05_implicit_uturn", "IMP PE1-PE2"},
      {"s05b_implicit_silent", "IMP PE1-PE2 no-qttl-no-uturn"},
      {"s06_uturn_pipe_return", "IMP PE1-PE2"},
      {"s07_php_brpr", "PHP PE1-PE2"},
      {"s08_php_dpr", "PHP PE1-PE2"},
      {"s10_short_n1", "PHP PE1-PE2"},
      {"s15_unix_core", "PHP PE1-PE2"},
      {"s16_pop_none", "PHP PE1-PE2 no-trigger"},
      {"s17_uhp_buddy", "UHP PE1-PE2"},
      {"s18_uhp_dpr", "UHP PE1-PE2"},
      {"s19_buddy_mute", "UHP PE1-PE2 no-revelation"},
      {"s20_pos3_31", "UHP PE1-PE2"},
      {"s21_never_decrement", "UHP PE1-PE2 no-trigger"},
      {"s21_always_decrement", "UHP PE1-PE2 class-unseen"},
      {"s22_silent_ingress", "PHP PE1-PE2 silent-end"},
      {"s24_silent_lsr_brpr", "PHP PE1-PE2"},
      {"s26_no_echo", "PHP PE1-PE2"},
      {"s26_target_blocked", "PHP PE1-PE2 no-revelation"},
      {"s27_ecmp_ingress", "PHP PE1-PE2"},
      {"s28_opaque", "OPA PE1-PE2"},
      {"s29_last_ttl", "OPA PE1-PE2 silent-end"},
      {"s29_mttl_255", ""},
      {"s30_shared_ler", "EXP PE1-X, EXP X-PE2"},
      {"s31_two_invisible", "PHP PE1-PE2, PHP PE3-PE4"},
      {"s32_explicit_then_invisible", "EXP PE1-X, PHP X-PE2"},
      {"s32_invisible_then_explicit", "PHP PE1-X, EXP X-PE2"},
      {"s33_asymmetric_return", ""},
      {"s34_te_er_differ", ""},
      {"s35_zero_ttl", ""},
      {"s36_loop2", ""},
      {"s39_multi_object", "EXP PE1-PE2"},
      {"s39_stripped", "EXP PE1-PE2 labels-unseen"},
      {"s40_reserved_egress", "PHP PE1-PE2 reserved-end"},
      {"s40_reserved_ingress", "PHP PE1-PE2 reserved-end"},
      {"s40_reserved_p2_brpr", "PHP PE1-PE2"},
      {"s48_segment_routing", "EXP PE1-PE2"},
      {"s49_two_labels", "EXP PE1-PE2"},
      {"s50_ingress_first", "UHP PE1-PE2"},
  };
  for (const auto& [scenario, tunnels] : expected) EXPECT_EQ(tunnels_of(scenario), tunnels) << scenario;
}

TEST(Truth, ListsEveryRouterWithItsFaces) {
  const auto network = load(line_of_three("push_ttl = \"pipe\"", "[node.P2]\nanswers_te = \"no\"\n"));
  const auto truth = network->truth(address("20.0.8.2"));
  ASSERT_TRUE(truth.reachable);
  ASSERT_EQ(truth.path.size(), 8U);
  const char* names[] = {"CE1", "PE1", "P1", "P2", "P3", "PE2", "CE2", "D"};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(truth.path[i].name, names[i]);
  EXPECT_EQ(text_of(truth.path[5].incoming), "20.0.6.2");
  EXPECT_FALSE(truth.path[3].answers_te);
  EXPECT_TRUE(truth.path[3].answers_er);
  const auto& aliases = truth.path[5].aliases;
  EXPECT_EQ(aliases.size(), 3U);
  EXPECT_NE(std::find(aliases.begin(), aliases.end(), address("20.0.7.1")), aliases.end());
}

TEST(Truth, ADestinationOutsideTheNetworkIsUnreachable) {
  const auto network = load(line_of_three(""));
  EXPECT_FALSE(network->truth(address("99.0.0.1")).reachable);
  EXPECT_FALSE(network->truth(address("20.0.8.3")).reachable);
  EXPECT_FALSE(network->truth(wire::Ipv6Address{}).reachable);
}

TEST(Truth, AHalfSilentTunnelIsStillExplicit) {
  const auto quiet = load(line_of_three("", "[node.P1]\nrfc4950 = \"off\"\n[node.P2]\nanswers_te = \"no\"\n"));
  EXPECT_EQ(describe_tunnels(quiet->truth(address("20.0.8.2"))), "EXP PE1-PE2");
  const auto mute = load(line_of_three(
      "", "[node.P1]\nanswers_te = \"no\"\n[node.P2]\nanswers_te = \"no\"\n[node.P3]\nanswers_te = \"no\"\n"));
  EXPECT_EQ(describe_tunnels(mute->truth(address("20.0.8.2"))), "EXP PE1-PE2 labels-unseen");
}

TEST(Truth, HoldsForAnyProbe) {
  const auto network = load(line_of_three("push_ttl = \"pipe\""));
  TestProber prober{*network};
  const auto to = address("20.0.8.2");
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{0x0000, 0x0800, 0xffff}) {
    auto packet = prober.echo(to, 5);
    wire::write_echo(MutableBytes{packet}.subspan(20), {.identifier = id});
    EXPECT_EQ(describe_tunnels(network->truth_for(packet)), "PHP PE1-PE2") << id;
  }
  EXPECT_EQ(describe_tunnels(network->truth_for(prober.udp(to, 5))), "PHP PE1-PE2");
  auto bare = prober.echo(to, 5);
  bare.resize(20);
  wire::write_ipv4_header(bare, {.total_length = 20,
                                 .ttl = Ttl{9},
                                 .protocol = 1,
                                 .source = network->vantage_point().v4(),
                                 .destination = to.v4()});
  EXPECT_EQ(network->truth_for(bare).path.size(), 8U);
  EXPECT_TRUE(network->truth_for({}).path.empty());
}

TEST(Truth, SendsNoPacketOfItsOwn) {
  const auto network = load(line_of_three("push_ttl = \"pipe\""));
  (void)network->truth(address("20.0.8.2"));
  EXPECT_EQ(network->counters().probes, 0U);
  EXPECT_FALSE(network->next_arrival().has_value());
  TestProber prober{*network};
  const auto before = prober.ask(prober.echo(address("20.0.8.2"), 1))->ip_id;
  (void)network->truth(address("20.0.8.2"));
  EXPECT_EQ(prober.ask(prober.echo(address("20.0.8.2"), 1))->ip_id, static_cast<std::uint16_t>(before + 1));
}

}  // namespace
}  // namespace utnt::emu
