// SPDX-License-Identifier: BSD-2-Clause
// The scorer, on a path of six routers with one tunnel between the second and the fifth.
#include "lab/score.hpp"

#include <gtest/gtest.h>

namespace utnt::lab {
namespace {

using TunnelClass = decltype(results::Tunnel::tunnel_class);
using Completeness = decltype(results::Tunnel::completeness);

wire::IpAddress address(int router, int number = 2) {
  return wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(router), static_cast<std::uint8_t>(number)};
}

emu::Truth line(emu::TrueClass tunnel_class = emu::TrueClass::invisible_php, bool detectable = true) {
  emu::Truth truth;
  for (int i = 1; i <= 6; ++i) {
    emu::TrueRouter router;
    router.name = "R" + std::to_string(i);
    router.incoming = address(i);
    router.aliases = {address(i), address(i, 9)};
    truth.path.push_back(router);
  }
  emu::TrueTunnel tunnel;
  tunnel.tunnel_class = tunnel_class;
  tunnel.ingress = 1;
  tunnel.egress = 4;
  tunnel.detectable = detectable;
  truth.tunnels.push_back(tunnel);
  return truth;
}

results::Tunnel tunnel(TunnelClass tunnel_class, const wire::IpAddress& ingress, const wire::IpAddress& egress,
                       std::vector<wire::IpAddress> lsrs = {}) {
  results::Tunnel found;
  found.tunnel_class = tunnel_class;
  found.ingress = ingress;
  found.egress = egress;
  for (const auto& lsr : lsrs) {
    results::TunnelLsr entry;
    entry.address = lsr;
    found.lsrs.push_back(entry);
  }
  return found;
}

results::TraceResult trace(std::vector<results::Tunnel> tunnels) {
  results::TraceResult result;
  result.destination = address(6);
  result.tunnels = std::move(tunnels);
  return result;
}

TEST(Score, names_true_classes_as_the_schema_does) {
  EXPECT_EQ(class_name(emu::TrueClass::explicit_), "explicit");
  EXPECT_EQ(class_name(emu::TrueClass::implicit), "implicit");
  EXPECT_EQ(class_name(emu::TrueClass::opaque), "opaque");
  EXPECT_EQ(class_name(emu::TrueClass::invisible_php), "invisible_php");
  EXPECT_EQ(class_name(emu::TrueClass::invisible_uhp), "invisible_uhp");
}

ClassScore score_of(const results::TraceResult& result, const emu::Truth& truth) {
  Score score;
  score.add(result, truth);
  return score.all();
}

const auto php = TunnelClass::invisible_php;

TEST(Score, class_and_both_ends_make_a_tunnel_found) {
  const auto score = score_of(trace({tunnel(php, address(2), address(5), {address(3), address(4)})}), line());
  EXPECT_EQ(score.truth, 1U);
  EXPECT_EQ(score.found, 1U);
  EXPECT_EQ(score.lsrs_right, 1U);
  EXPECT_DOUBLE_EQ(score.precision(), 1.0);
  EXPECT_DOUBLE_EQ(score.recall_detectable(), 1.0);
}

TEST(Score, any_address_of_the_router_counts_as_the_end) {
  EXPECT_EQ(score_of(trace({tunnel(php, address(2, 9), address(5, 9))}), line()).found, 1U);
}

TEST(Score, a_wrong_end_is_neither_found_nor_true_but_overlaps) {
  const auto score = score_of(trace({tunnel(php, address(2), address(6))}), line());
  EXPECT_EQ(score.found, 0U);
  EXPECT_EQ(score.reported, 1U);
  EXPECT_EQ(score.overlapped, 1U);
  EXPECT_DOUBLE_EQ(score.precision(), 0.0);
  EXPECT_DOUBLE_EQ(score.ends_right(), 0.0);
}

TEST(Score, a_tunnel_beside_the_true_one_does_not_overlap_it) {
  EXPECT_EQ(score_of(trace({tunnel(php, address(5), address(6))}), line()).overlapped, 0U);
  EXPECT_EQ(score_of(trace({tunnel(php, address(1), address(2))}), line()).overlapped, 0U);
}

TEST(Score, a_wrong_class_is_not_found_and_counts_against_its_own_class) {
  Score score;
  score.add(trace({tunnel(TunnelClass::explicit_, address(2), address(5))}), line());
  EXPECT_EQ(score.by_class()[3].found, 0U);
  EXPECT_EQ(score.by_class()[0].reported, 1U);
  EXPECT_EQ(score.mistakes().size(), 2U);
}

TEST(Score, a_suspicion_is_neither_found_nor_false) {
  auto suspicion = tunnel(php, address(2), address(5));
  suspicion.completeness = Completeness::suspected;
  Score score;
  score.add(trace({suspicion}), line());
  EXPECT_EQ(score.all().found, 0U);
  EXPECT_EQ(score.all().reported, 0U);
  EXPECT_EQ(score.suspected(), 1U);
}

TEST(Score, a_class_that_shows_no_sign_of_its_own_is_neither_found_nor_false) {
  auto truth = line(emu::TrueClass::invisible_uhp, false);
  truth.tunnels[0].undetectable_rule = "class-unseen";
  Score score;
  score.add(trace({tunnel(php, address(2), address(5))}), truth);
  EXPECT_EQ(score.all().found, 0U);
  EXPECT_EQ(score.all().reported, 0U);
  EXPECT_EQ(score.look_alikes(), 1U);
  EXPECT_EQ(score_of(trace({tunnel(php, address(2), address(6))}), truth).reported, 1U) << "a wrong end is false";
  EXPECT_EQ(score_of(trace({tunnel(TunnelClass::implicit, address(2), address(5))}), truth).reported, 1U);
  truth.tunnels[0].undetectable_rule = "no-trigger";
  EXPECT_EQ(score_of(trace({tunnel(php, address(2), address(5))}), truth).reported, 1U) << "it does show itself";
}

TEST(Score, an_opaque_tunnel_with_a_mute_egress_shows_as_a_php_tunnel) {
  auto truth = line(emu::TrueClass::opaque, false);
  truth.tunnels[0].undetectable_rule = "silent-end";
  const auto found = trace({tunnel(php, address(2), wire::IpAddress{})});
  EXPECT_EQ(score_of(found, truth).reported, 1U) << "the egress answers";
  truth.path[4].answers_te = false;
  Score score;
  score.add(found, truth);
  EXPECT_EQ(score.look_alikes(), 1U);
  EXPECT_EQ(score.all().reported, 0U);
}

TEST(Score, the_same_tunnel_twice_is_right_once) {
  const auto found = tunnel(php, address(2), address(5));
  const auto score = score_of(trace({found, found}), line());
  EXPECT_EQ(score.found, 1U);
  EXPECT_DOUBLE_EQ(score.precision(), 0.5);
}

TEST(Score, an_undetectable_tunnel_lowers_only_the_recall_over_all) {
  const auto score = score_of(trace({}), line(emu::TrueClass::implicit, false));
  EXPECT_DOUBLE_EQ(score.recall_detectable(), 1.0);
  EXPECT_DOUBLE_EQ(score.recall_all(), 0.0);
}

TEST(Score, a_silent_end_is_right_only_for_a_silent_router) {
  auto truth = line();
  const auto found = trace({tunnel(php, wire::IpAddress{}, address(5))});
  EXPECT_EQ(score_of(found, truth).found, 0U);
  truth.path[1].answers_te = false;
  EXPECT_EQ(score_of(found, truth).found, 1U);
}

TEST(Score, missing_or_swapped_lsrs_are_not_right) {
  EXPECT_EQ(score_of(trace({tunnel(php, address(2), address(5), {address(3)})}), line()).lsrs_right, 0U);
  EXPECT_EQ(score_of(trace({tunnel(php, address(2), address(5), {address(4), address(3)})}), line()).lsrs_right, 0U);
}

}  // namespace
}  // namespace utnt::lab
