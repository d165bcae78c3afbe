// SPDX-License-Identifier: BSD-2-Clause
// Reading tunnels off marked hop lists: TNT specification section 9.2.
#include "core/reveal/tunnels.hpp"

#include <gtest/gtest.h>

#include "core/reveal/insert.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "core/reveal/tnt_label_pass.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::echo;
using test::labelled;
using test::Path;
using test::path_from;
using test::silent;
using test::te;

std::vector<TunnelRun> tunnels_of(const Path& hops) {
  std::vector<TunnelRun> runs;
  std::size_t cursor = 0;
  while (const auto run = next_tunnel(hops, cursor)) runs.push_back(*run);
  return runs;
}
std::vector<TunnelRun> after_label_pass(Path hops) {
  tnt_label_pass(hops);
  return tunnels_of(hops);
}
HopRecord lsr(std::uint32_t address, Trigger trigger, Discovery technique, int step) {
  auto hop = address == 0 ? silent() : te(address, 250, 250);
  hop.marks = Marks{Mark::lsr} | Mark::invisible;
  hop.discoveries = discovery_of(trigger) | Discovery::revealed | technique;
  hop.step = static_cast<std::uint8_t>(step);
  return hop;
}
Path with_lsp(Path hops, const Revelation& r, const Path& lsp) {
  HopList list{{}, hops.size()};
  hops.resize(hops.size() + lsp.size());
  list.storage = hops;
  EXPECT_EQ(insert_lsp(list, r, lsp).outcome, InsertOutcome::inserted);
  return hops;
}
Revelation revelation(std::uint32_t start, std::uint32_t next, Trigger trigger) {
  Revelation r;
  r.start = AddressRef{start};
  r.next = AddressRef{next};
  r.trigger = trigger;
  r.egress_is_hidden = trigger == Trigger::dupip || trigger == Trigger::uhp_suspect;
  return r;
}

TEST(Tunnels, a_plain_trace_has_none) {
  EXPECT_TRUE(tunnels_of(path_from(1, {te(1, 255, 255), silent(), te(3, 253, 253)})).empty());
}

TEST(Tunnels, an_explicit_tunnel) {
  const auto runs = after_label_pass(
      path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 1), labelled(4, 248, 252, 2, 1),
                    labelled(5, 249, 251, 3, 1), te(6, 250, 250), te(7, 249, 249)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::explicit_);
  EXPECT_EQ(runs[0].ingress.value(), 2U);
  EXPECT_EQ(runs[0].egress.value(), 6U);
  EXPECT_EQ(runs[0].first_index, 1);
  EXPECT_EQ(runs[0].last_index, 5);
  EXPECT_EQ(runs[0].lsrs, 3);
  EXPECT_EQ(runs[0].revealed_lsrs, 0);
  EXPECT_EQ(runs[0].completeness, Completeness::complete);
  EXPECT_FALSE(runs[0].mixed);
}

TEST(Tunnels, silent_ends_are_part_of_the_tunnel_without_an_address) {
  const auto runs = after_label_pass(
      path_from(1, {te(1, 255, 255), silent(), labelled(3, 247, 253, 1, 1), silent(), te(6, 250, 250)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].ingress, no_address);
  EXPECT_EQ(runs[0].egress, no_address);
  EXPECT_EQ(runs[0].first_index, 1);
  EXPECT_EQ(runs[0].last_index, 3);
  EXPECT_EQ(runs[0].lsrs, 1);
}

TEST(Tunnels, a_trace_that_begins_and_ends_inside_a_tunnel) {
  const auto runs = after_label_pass(
      path_from(5, {labelled(3, 247, 253, 1, 1), labelled(4, 247, 253, 2, 1), labelled(5, 247, 253, 3, 1)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].first_index, 0);
  EXPECT_EQ(runs[0].last_index, 2);
  EXPECT_EQ(runs[0].lsrs, 3);
}

TEST(Tunnels, a_silent_lsr_between_two_others_counts) {
  const auto runs = after_label_pass(path_from(
      1, {te(2, 254, 254), labelled(3, 247, 253, 1, 1), silent(), labelled(5, 249, 251, 3, 1), te(6, 250, 250)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].lsrs, 3);
  EXPECT_EQ(runs[0].egress.value(), 6U);
}

TEST(Tunnels, a_silent_ler_between_two_tunnels_ends_one_and_begins_the_other) {
  const auto runs =
      after_label_pass(path_from(1, {te(1, 255, 255), labelled(2, 247, 253, 1, 1), labelled(3, 247, 253, 2, 1),
                                     silent(), labelled(5, 249, 251, 1, 1), te(6, 250, 250)}));
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].last_index, 3);
  EXPECT_EQ(runs[1].first_index, 3);
  EXPECT_EQ(runs[1].ingress, no_address);
  EXPECT_EQ(runs[1].egress.value(), 6U);
}

TEST(Tunnels, an_ler_of_two_tunnels_belongs_to_both) {  // scenario S30
  const auto runs = after_label_pass(path_from(1, {te(1, 255, 255), labelled(2, 252, 254, 1, 1), te(3, 253, 253),
                                                   labelled(4, 250, 252, 1, 1), te(5, 251, 251)}));
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].egress.value(), 3U);
  EXPECT_EQ(runs[1].ingress.value(), 3U);
  EXPECT_EQ(runs[0].last_index, runs[1].first_index);
}

TEST(Tunnels, an_inferred_hop_merges_its_neighbours) {  // example G
  const auto runs = after_label_pass(path_from(
      1, {te(1, 255, 255), labelled(2, 252, 254, 1, 1), te(3, 253, 62), labelled(4, 250, 252, 1, 1), te(5, 251, 251)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_TRUE(runs[0].has_inferred);
  EXPECT_FALSE(runs[0].mixed);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::explicit_);
  EXPECT_EQ(runs[0].lsrs, 3);
  EXPECT_EQ(runs[0].egress.value(), 5U);
}

TEST(Tunnels, an_unrevealed_opaque_tunnel_is_suspected) {
  const auto runs = after_label_pass(
      path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252), te(7, 250, 250)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::opaque);
  EXPECT_EQ(runs[0].trigger, Trigger::mttl);
  EXPECT_EQ(runs[0].ingress.value(), 2U);
  EXPECT_EQ(runs[0].egress.value(), 6U);
  EXPECT_EQ(runs[0].lsrs, 0);
  EXPECT_EQ(runs[0].completeness, Completeness::suspected);
}

TEST(Tunnels, an_opaque_egress_that_is_the_ingress_of_an_explicit_tunnel_keeps_both_apart) {
  auto hops =
      path_from(1, {te(2, 254, 254), labelled(6, 250, 250, 1, 252), labelled(7, 249, 250, 1, 1), te(8, 250, 250)});
  hops[0].marks = Marks{Mark::ingress} | Mark::opaque;
  hops[1].marks = Marks{Mark::ingress} | Mark::egress | Mark::opaque | Mark::explicit_;
  hops[2].marks = Marks{Mark::lsr} | Mark::explicit_;
  hops[3].marks = Marks{Mark::egress} | Mark::explicit_;
  const auto runs = tunnels_of(hops);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::opaque);
  EXPECT_EQ(runs[1].tunnel_class, TunnelClass::explicit_);
}

TEST(Tunnels, an_opaque_egress_behind_a_silent_ingress) {
  const auto runs =
      after_label_pass(path_from(1, {te(1, 255, 255), silent(), labelled(6, 250, 250, 1, 252), te(7, 250, 250)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].ingress, no_address);
  EXPECT_EQ(runs[0].first_index, 1);
  EXPECT_EQ(runs[0].last_index, 2);
}

const Path short_trace = path_from(1, {te(1, 255, 255), te(2, 254, 63), te(6, 250, 62), te(7, 250, 250)});

TEST(Tunnels, a_revealed_php_tunnel) {
  const auto runs =
      tunnels_of(with_lsp(short_trace, revelation(2, 6, Trigger::rtla),
                          {lsr(4, Trigger::rtla, Discovery::brpr, 2), lsr(5, Trigger::rtla, Discovery::brpr, 1)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::invisible_php);
  EXPECT_EQ(runs[0].trigger, Trigger::rtla);
  EXPECT_EQ(runs[0].lsrs, 2);
  EXPECT_EQ(runs[0].revealed_lsrs, 2);
  EXPECT_EQ(runs[0].steps, 2);
  EXPECT_EQ(runs[0].egress.value(), 6U);
}

TEST(Tunnels, a_tunnel_found_by_a_duplicate_address_is_uhp_and_its_egress_is_no_lsr) {
  const auto runs =
      tunnels_of(with_lsp(short_trace, revelation(2, 6, Trigger::dupip),
                          {lsr(4, Trigger::dupip, Discovery::buddy, 2), lsr(5, Trigger::dupip, Discovery::buddy, 1)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::invisible_uhp);
  EXPECT_EQ(runs[0].egress.value(), 5U);
  EXPECT_EQ(runs[0].last_index, 3);
  EXPECT_EQ(runs[0].lsrs, 1);
  EXPECT_EQ(runs[0].steps, 2);
  EXPECT_TRUE(runs[0].has_buddy);
}

TEST(Tunnels, a_uhp_egress_alone_is_a_tunnel_without_lsrs) {
  const auto runs = tunnels_of(
      with_lsp(short_trace, revelation(2, 6, Trigger::dupip), {lsr(5, Trigger::dupip, Discovery::buddy, 1)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::invisible_uhp);
  EXPECT_EQ(runs[0].lsrs, 0);
}

TEST(Tunnels, an_incomplete_revelation_stays_incomplete) {
  auto r = revelation(2, 6, Trigger::rtla);
  r.incomplete = true;
  const auto runs = tunnels_of(
      with_lsp(short_trace, r, {lsr(0, Trigger::rtla, Discovery::brpr, 2), lsr(5, Trigger::rtla, Discovery::brpr, 1)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].completeness, Completeness::incomplete);
  EXPECT_EQ(runs[0].lsrs, 2);
}

TEST(Tunnels, disagreeing_lsrs_make_it_mixed) {
  auto explicit_lsr = labelled(4, 250, 250, 1, 1);
  explicit_lsr.marks = Marks{Mark::lsr} | Mark::explicit_;
  auto implicit_lsr = te(5, 250, 250, 2);
  implicit_lsr.marks = Marks{Mark::lsr} | Mark::implicit_qttl;
  auto pe1 = te(2, 254, 254);
  pe1.marks = Marks{Mark::ingress} | Mark::explicit_;
  const auto runs = tunnels_of(path_from(1, {te(1, 255, 255), pe1, explicit_lsr, implicit_lsr, te(6, 250, 250)}));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_TRUE(runs[0].mixed);
  EXPECT_EQ(runs[0].tunnel_class, TunnelClass::explicit_);
  EXPECT_EQ(runs[0].egress, no_address);
  EXPECT_EQ(runs[0].last_index, 3);
}

PROPERTY("tunnels of any marked list are in order and inside it", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    for (auto& hop : hops) {
      if (prng.below(3) == 0) hop.marks = Marks::from_bits(static_cast<std::uint8_t>(prng.below(256)));
      if (prng.below(3) == 0) hop.discoveries = Discoveries::from_bits(static_cast<std::uint16_t>(prng.below(0x4000)));
    }
    std::size_t cursor = 0;
    std::size_t previous_last = 0;
    while (const auto run = next_tunnel(hops, cursor)) {
      ASSERT_LE(run->first_index, run->last_index);
      ASSERT_LT(run->last_index, hops.size());
      ASSERT_GE(run->first_index, previous_last == 0 ? 0 : previous_last - 1);
      ASSERT_LE(cursor, hops.size());
      ASSERT_GE(cursor, run->last_index);
      ASSERT_LE(run->revealed_lsrs, run->lsrs);
      previous_last = run->last_index;
    }
  }
}

}  // namespace
}  // namespace utnt::core
