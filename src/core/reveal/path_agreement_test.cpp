// SPDX-License-Identifier: BSD-2-Clause
// Revelation traces that came another way than the trace they explain: TNT specification section 11 #4, #5 (scenarios
// S27, S46).
#include "core/reveal/path_agreement.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core {
namespace {

using test::echo;
using test::Path;
using test::path_from;
using test::silent;
using test::te;

const Path original =
    path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253), te(7, 249, 249), te(8, 249, 249)});

Agreement compare(const Path& path, std::uint8_t er = 249) {
  Revelation r;
  r.start = AddressRef{3};
  r.next = r.target = AddressRef{7};
  return compare_with_original(original, r, path, er);
}

TEST(PathAgreement, the_same_hops_before_the_ingress_agree) {
  EXPECT_EQ(
      compare(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253), te(6, 250, 250), echo(7, 249, 249)})),
      Agreement::agrees);
  EXPECT_EQ(compare(path_from(1, {te(1, 255, 255), silent(), te(3, 253, 253), te(6, 250, 250), echo(7, 249, 249)})),
            Agreement::agrees)
      << "silence says nothing";
  EXPECT_EQ(compare(path_from(2, {te(2, 254, 254), te(3, 253, 253), echo(7, 249, 249)})), Agreement::agrees);
}

TEST(PathAgreement, another_router_before_the_ingress_differs) {
  EXPECT_EQ(
      compare(path_from(1, {te(1, 255, 255), te(42, 254, 254), te(3, 253, 253), te(6, 250, 250), echo(7, 249, 249)})),
      Agreement::prefix_differs);
}

TEST(PathAgreement, another_address_of_a_router_that_names_the_same_incoming_interface_agrees) {  // RFC 5837
  auto seen = original;
  auto path = path_from(1, {te(1, 255, 255), te(42, 254, 254), te(3, 253, 253), te(6, 250, 250), echo(7, 249, 249)});
  Revelation r;
  r.start = AddressRef{3};
  r.next = r.target = AddressRef{7};
  path[1].top_lse = 0x14000202;
  EXPECT_EQ(compare_with_original(seen, r, path, 249), Agreement::prefix_differs) << "only one of them names it";
  seen[1].top_lse = 0x14000206;
  EXPECT_EQ(compare_with_original(seen, r, path, 249), Agreement::prefix_differs);
  seen[1].top_lse = 0x14000202;
  EXPECT_EQ(compare_with_original(seen, r, path, 249), Agreement::agrees);
  seen[1].labels = 1;
  EXPECT_EQ(compare_with_original(seen, r, path, 249), Agreement::prefix_differs) << "that is a label";
}

TEST(PathAgreement, an_ingress_at_another_ttl_has_moved) {
  EXPECT_EQ(compare(path_from(1, {te(1, 255, 255), te(3, 253, 253), te(6, 250, 250), echo(7, 249, 249)})),
            Agreement::start_moved);
  EXPECT_EQ(
      compare(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(9, 254, 254), te(3, 253, 253), echo(7, 249, 249)})),
      Agreement::start_moved);
}

TEST(PathAgreement, a_target_that_answers_from_another_distance_has_moved) {
  const auto path =
      path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253), te(6, 250, 250), echo(7, 247, 247)});
  EXPECT_EQ(compare(path), Agreement::target_moved);
  EXPECT_EQ(compare(path, 0), Agreement::agrees) << "no fingerprint to compare with";
}

TEST(PathAgreement, a_path_outside_the_original_ttls_differs) {
  EXPECT_EQ(compare(path_from(9, {te(5, 200, 200)})), Agreement::prefix_differs);
  EXPECT_EQ(compare({}), Agreement::agrees);
}

}  // namespace
}  // namespace utnt::core
