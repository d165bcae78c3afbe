// SPDX-License-Identifier: BSD-2-Clause
// Writing LSRs and failure reports into a trace: TNT specification sections 7.2 and 7.4.
#include "core/reveal/insert.hpp"

#include <gtest/gtest.h>

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::mpls_text;
using test::Path;
using test::path_from;
using test::silent;
using test::te;

Revelation revelation(std::uint32_t start, std::uint32_t next, Trigger trigger = Trigger::frpla) {
  Revelation r;
  r.start = AddressRef{start};
  r.next = AddressRef{next};
  r.trigger = trigger;
  r.egress_is_hidden = trigger == Trigger::dupip || trigger == Trigger::uhp_suspect;
  return r;
}
Path lsp_of(std::initializer_list<std::uint32_t> addresses) {
  Path lsp;
  for (const auto a : addresses) {
    auto hop = te(a, 250, 250);
    hop.marks = Marks{Mark::lsr} | Mark::invisible;
    hop.discoveries = Discoveries{Discovery::revealed} | Discovery::frpla | Discovery::dpr;
    lsp.push_back(hop);
  }
  return lsp;
}
struct Inserted {
  InsertResult result;
  Path hops;
};
Inserted insert(Path hops, const Revelation& r, const Path& lsp, std::size_t spare = 10) {
  HopList list{{}, hops.size()};
  hops.resize(hops.size() + spare);
  list.storage = hops;
  const auto result = insert_lsp(list, r, lsp);
  hops.resize(list.count);
  return {result, hops};
}
std::vector<std::uint32_t> addresses(const Path& hops) {
  std::vector<std::uint32_t> values;
  for (const auto& hop : hops) values.push_back(hop.address.value());
  return values;
}
using Addresses = std::vector<std::uint32_t>;
const Path trace = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 250, 250)});

TEST(Insert, puts_the_lsrs_behind_the_ingress_and_marks_both_ends) {
  const auto [result, hops] = insert(trace, revelation(2, 6), lsp_of({3, 4, 5}));
  EXPECT_EQ(result.outcome, InsertOutcome::inserted);
  EXPECT_EQ(result.ingress_index, 1);
  EXPECT_EQ(result.egress_index, 5);
  EXPECT_EQ(addresses(hops), (Addresses{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(mpls_text(hops[1]), "[MPLS,INV,ING,FRPLA]");
  EXPECT_EQ(mpls_text(hops[5]), "[MPLS,INV,EGR,FRPLA]");
  EXPECT_EQ(mpls_text(hops[6]), "");
}

TEST(Insert, a_hidden_egress_is_the_last_lsr) {
  const auto [result, hops] = insert(trace, revelation(2, 6, Trigger::dupip), lsp_of({3, 4, 5}));
  EXPECT_EQ(result.egress_index, 4);
  EXPECT_EQ(hops[4].marks, Marks{Mark::egress} | Mark::invisible);
  EXPECT_TRUE(hops[5].marks.empty());
}

TEST(Insert, brute_force_tunnels_bear_no_trigger) {
  const auto inserted = insert(trace, revelation(2, 6, Trigger::none), lsp_of({3}));
  EXPECT_EQ(mpls_text(inserted.hops[1]), "[MPLS,INV,ING,BTFC]");
}

TEST(Insert, an_incomplete_revelation_is_flagged_on_the_ingress) {
  auto r = revelation(2, 6);
  r.incomplete = true;
  EXPECT_EQ(mpls_text(insert(trace, r, lsp_of({3})).hops[1]), "[MPLS,INV,ING,INCOMP?,FRPLA]");
}

TEST(Insert, a_silent_ingress_keeps_its_place_and_the_hop_before_it_is_flagged) {
  auto r = revelation(1, 6);
  r.ingress_is_silent = true;
  const auto [result, hops] =
      insert(path_from(1, {te(1, 255, 255), silent(), te(6, 250, 250), te(7, 250, 250)}), r, lsp_of({3, 4}));
  EXPECT_EQ(result.ingress_index, 1);
  EXPECT_EQ(addresses(hops), (Addresses{1, 0, 3, 4, 6, 7}));
  EXPECT_EQ(hops[0].discoveries, Discoveries{Discovery::silent_ingress});
  EXPECT_EQ(mpls_text(hops[0]), "");
  EXPECT_EQ(mpls_text(hops[4]), "[MPLS,INV,EGR,FRPLA]");
}

TEST(Insert, the_second_of_two_equal_hops_is_the_ingress) {
  const auto [result, hops] =
      insert(path_from(1, {te(2, 255, 255), te(2, 254, 254), te(6, 250, 250)}), revelation(2, 6), lsp_of({3}));
  EXPECT_EQ(result.ingress_index, 1);
  EXPECT_EQ(addresses(hops), (Addresses{2, 2, 3, 6}));
}

TEST(Insert, a_path_without_next_behind_start_is_left_alone) {
  for (const auto& r : {revelation(2, 7), revelation(9, 6), revelation(7, 6), revelation(1, 6)}) {
    const auto [result, hops] = insert(trace, r, lsp_of({3}));
    EXPECT_EQ(result.outcome, InsertOutcome::path_differs);
    EXPECT_EQ(addresses(hops), (Addresses{1, 2, 6, 7}));
  }
  auto r = revelation(1, 6);
  r.ingress_is_silent = true;
  EXPECT_EQ(insert(trace, r, lsp_of({3})).result.outcome, InsertOutcome::path_differs) << "hop 2 is not silent";
}

TEST(Insert, without_room_nothing_changes) {
  const auto [result, hops] = insert(trace, revelation(2, 6), lsp_of({3, 4, 5}), 2);
  EXPECT_EQ(result.outcome, InsertOutcome::no_room);
  EXPECT_EQ(addresses(hops), (Addresses{1, 2, 6, 7}));
  for (const auto& hop : hops) EXPECT_TRUE(hop.marks.empty());
}

TEST(Insert, a_failure_report_names_trigger_reason_and_buddy) {
  auto r = revelation(2, 7, Trigger::dupip);
  r.last = Outcome::nothing_revealed;
  r.on_buddy = true;
  auto next = te(7, 252, 252);
  report_failure(next, r);
  EXPECT_EQ(next.attempts, Attempts{Attempt::dupip} | Attempt::nothing_revealed | Attempt::buddy);
  r = revelation(2, 7, Trigger::none);
  r.last = Outcome::target_not_reached;
  report_failure(next, r);
  EXPECT_EQ(next.attempts, Attempts{Attempt::target_not_reached}) << "a second report replaces the first";
}

PROPERTY("an insertion adds the LSRs and keeps the order of the rest", prng) {
  for (int round = 0; round < 100; ++round) {
    const auto below = [&](std::uint64_t bound) { return prng.below(bound); };
    const auto before = test::any_path(below);
    auto r = revelation(static_cast<std::uint32_t>(1 + prng.below(9)), static_cast<std::uint32_t>(1 + prng.below(9)),
                        static_cast<Trigger>(prng.below(6)));
    r.ingress_is_silent = prng.below(3) == 0;
    const Path lsp = lsp_of({201, 202, 203});
    const auto [result, hops] = insert(before, r, lsp, prng.below(6));
    if (result.outcome != InsertOutcome::inserted) {
      ASSERT_EQ(addresses(hops), addresses(before));
      continue;
    }
    ASSERT_EQ(hops.size(), before.size() + 3);
    auto kept = addresses(hops);
    kept.erase(kept.begin() + result.ingress_index + 1, kept.begin() + result.ingress_index + 4);
    ASSERT_EQ(kept, addresses(before));
    ASSERT_TRUE(is_egress(hops[result.egress_index]));
  }
}

}  // namespace
}  // namespace utnt::core
