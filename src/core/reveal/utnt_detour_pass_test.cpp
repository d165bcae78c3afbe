// SPDX-License-Identifier: BSD-2-Clause
// Implicit tunnels that only detours show, and what must not be taken for one: TNT specification sections 8 and 11.
#include <gtest/gtest.h>

#include "core/reveal/line_model_test_support.hpp"
#include "core/reveal/utnt_label_pass.hpp"

namespace utnt::core {
namespace {

using test::base_line;
using test::mpls_text;
using test::Path;
using test::path_from;
using test::silent;
using test::te;
using test::TtlModel;
using Texts = std::vector<std::string>;

Texts marks_after(Path hops) {
  utnt_detour_pass(hops);
  Texts texts;
  for (const auto& hop : hops) texts.push_back(mpls_text(hop));
  return texts;
}
bool finds_something(const Path& hops) {
  for (const auto& text : marks_after(hops)) {
    if (!text.empty()) return true;
  }
  return false;
}

TEST(UtntDetourPass, detours_that_fall_to_zero_are_an_lsp_with_both_ends_right) {  // S5, S6
  const Texts expected{"",
                       "[MPLS,IMP,ING,UTURN]",
                       "[MPLS,IMP,LSR,UTURN]",
                       "[MPLS,IMP,LSR,UTURN]",
                       "[MPLS,IMP,LSR,UTURN]",
                       "[MPLS,IMP,EGR,UTURN]",
                       "",
                       ""};
  for (const auto back : {TtlModel::uniform, TtlModel::pipe}) {
    EXPECT_EQ(marks_after(base_line(3, {.back = back, .labels_shown = false, .quotes_rewritten = true}).trace()),
              expected);
  }
}

TEST(UtntDetourPass, a_silent_lsr_is_bridged) {
  auto hops = base_line(4, {.labels_shown = false, .quotes_rewritten = true}).trace();
  hops[3] = silent();
  EXPECT_EQ(marks_after(path_from(1, hops))[6], "[MPLS,IMP,EGR,UTURN]");
}

TEST(UtntDetourPass, one_lsr_is_enough_where_its_detour_counts_the_silent_ones_behind_it) {
  for (const auto& core : {test::cisco, test::low}) {
    for (int silent_lsrs = 1; silent_lsrs <= 4; ++silent_lsrs) {
      auto model = base_line(1 + silent_lsrs, {.labels_shown = false, .quotes_rewritten = true}, core, 2);
      for (int i = 0; i < silent_lsrs; ++i) model.routers[static_cast<std::size_t>(3 + i)].answers_te = false;
      const auto egress = static_cast<std::size_t>(3 + silent_lsrs);
      EXPECT_EQ(marks_after(model.trace())[1], "[MPLS,IMP,ING,UTURN]") << core.te_initial << ' ' << silent_lsrs;
      EXPECT_EQ(marks_after(model.trace())[2], "[MPLS,IMP,LSR,UTURN]");
      EXPECT_EQ(marks_after(model.trace())[egress], "[MPLS,IMP,EGR,UTURN]");
      // One hop too few behind it, and the difference is a route of its own.
      auto hops = model.trace();
      hops.erase(hops.begin() + 3);
      EXPECT_FALSE(finds_something(path_from(1, hops)));
    }
  }
}

TEST(UtntDetourPass, a_lone_difference_is_an_asymmetric_route) {
  EXPECT_FALSE(finds_something(path_from(1, {te(1, 255, 255), te(2, 250, 254), te(3, 253, 253), te(4, 252, 252)})));
  EXPECT_FALSE(finds_something(path_from(1, {te(1, 255, 255), te(2, 250, 254), te(3, 249, 253), te(4, 248, 252)})))
      << "it stays instead of falling";
}

TEST(UtntDetourPass, decay_behind_an_invisible_tunnel_is_not_taken_for_detours) {
  for (const auto& kind : {test::cisco, test::juniper}) {
    auto model = base_line(4, {.forward = TtlModel::pipe, .back = TtlModel::pipe}, kind, 5);
    for (auto& router : model.routers) router = kind;
    EXPECT_FALSE(finds_something(model.trace()));
    for (auto& router : model.routers) router.answers_er = false;
    EXPECT_FALSE(finds_something(model.trace())) << "nor where echo is not answered";
  }
}

TEST(UtntDetourPass, paths_of_less_than_three_hops_are_left_alone) {
  EXPECT_FALSE(finds_something(path_from(1, {te(1, 251, 255), te(2, 252, 254)})));
}

}  // namespace
}  // namespace utnt::core
