// SPDX-License-Identifier: BSD-2-Clause
// The ends of a test by position: TNT specification section 6, steps 1 to 5.
#include "core/reveal/candidate_ends.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core {
namespace {

using test::as_reserved;
using test::path_from;
using test::silent;
using test::te;

TEST(CandidateEnds, the_hop_before_is_the_ingress) {
  const auto hops = path_from(1, {te(1, 255, 255), te(2, 254, 254)});
  EXPECT_FALSE(find_candidate_ends(hops, 0).has_value());
  const auto ends = find_candidate_ends(hops, 1);
  ASSERT_TRUE(ends.has_value());
  EXPECT_EQ(ends->start, 0U);
  EXPECT_FALSE(ends->ingress_is_silent);
}

TEST(CandidateEnds, the_second_of_a_pair_has_its_ingress_two_hops_back) {
  const auto hops = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 252, 252), te(7, 252, 252)});
  EXPECT_TRUE(is_second_of_pair(hops, 3));
  EXPECT_EQ(find_candidate_ends(hops, 3)->start, 1U);
  const auto behind_silence = path_from(1, {te(1, 255, 255), silent(), te(7, 252, 252), te(7, 252, 252)});
  EXPECT_EQ(find_candidate_ends(behind_silence, 3)->start, 0U);
  EXPECT_TRUE(find_candidate_ends(behind_silence, 3)->ingress_is_silent);
}

TEST(CandidateEnds, lsrs_and_reserved_hops_are_no_ends) {
  auto hops = path_from(1, {te(1, 255, 255), te(2, 254, 254)});
  hops[0].marks = Mark::lsr;
  EXPECT_FALSE(find_candidate_ends(hops, 1).has_value());
  hops[1].marks = Marks{Mark::opaque} | Mark::egress;
  EXPECT_TRUE(find_candidate_ends(hops, 1).has_value()) << "an opaque egress may follow an LSR";
  EXPECT_FALSE(find_candidate_ends(path_from(1, {as_reserved(te(1, 255, 0)), te(2, 254, 254)}), 1).has_value());
  EXPECT_FALSE(find_candidate_ends(path_from(1, {te(1, 255, 255), as_reserved(te(2, 254, 0))}), 1).has_value());
}

TEST(CandidateEnds, start_and_next_differ) {
  const auto hops = path_from(1, {te(7, 255, 255), silent(), te(7, 252, 252)});
  EXPECT_FALSE(find_candidate_ends(hops, 2).has_value());
}

TEST(CandidateEnds, a_test_begins_two_hops_before_its_start) {
  const auto hops = path_from(6, {te(1, 255, 255), te(2, 254, 254)});
  const auto test = make_test(hops, 1, {0, false}, Trigger::frpla);
  EXPECT_EQ(test.first_ttl, 4);
  EXPECT_EQ(test.next_index, 1);
}

}  // namespace
}  // namespace utnt::core
