// SPDX-License-Identifier: BSD-2-Clause
// The line of detours and the end of a visible LSP: TNT specification sections 1.3, 4 and 11 #9.
#include "core/reveal/lsp_end.hpp"

#include <gtest/gtest.h>

#include "core/reveal/line_model_test_support.hpp"

namespace utnt::core {
namespace {

using test::base_line;
using test::cisco;
using test::juniper;
using test::ModelTunnel;
using test::TtlModel;

TEST(LspEnd, detours_of_a_uniform_lsp_fall_by_two) {
  for (const auto& core : {cisco, juniper}) {
    const auto hops = base_line(4, {}, core).trace();
    const auto line = fit_detour(hops, {2, 5}, 2);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->egress, 6U);
    EXPECT_EQ(line->samples, 4U);
    EXPECT_FALSE(fit_detour(hops, {2, 5}, 1).has_value());
  }
}

TEST(LspEnd, detours_with_a_pipe_return_fall_by_one) {
  for (const auto& core : {cisco, juniper}) {
    const auto hops = base_line(4, {.back = TtlModel::pipe}, core).trace();
    const auto line = fit_detour(hops, {2, 5}, 1);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->egress, 6U);
    EXPECT_FALSE(fit_detour(hops, {2, 5}, 2).has_value());
  }
}

TEST(LspEnd, a_part_of_the_lsrs_is_enough) {
  const auto hops = base_line(5, {}).trace();
  const auto line = fit_detour(hops, {2, 4}, 2);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->egress, 7U);
}

TEST(LspEnd, lsrs_that_hide_return_lsps_or_take_no_detour_form_no_line) {
  const auto low = base_line(4, {}, test::low).trace();
  EXPECT_FALSE(fit_detour(low, {2, 5}, 1).has_value());
  EXPECT_FALSE(fit_detour(low, {2, 5}, 2).has_value());
  const auto direct = base_line(4, {.detour = false}).trace();
  EXPECT_FALSE(fit_detour(direct, {2, 5}, 1).has_value());
  EXPECT_EQ(find_lsp_end(direct, {2, 5}).egress, 6U) << "by position";
  EXPECT_FALSE(find_lsp_end(direct, {2, 5}).ambiguous) << "a labelled LSR in front of an unlabelled hop";
}

TEST(LspEnd, an_odd_reply_breaks_the_line) {
  auto hops = base_line(4, {}).trace();
  hops[3].te_ttl = static_cast<std::uint8_t>(hops[3].te_ttl - 1);
  EXPECT_FALSE(fit_detour(hops, {2, 5}, 2).has_value());
  EXPECT_EQ(find_lsp_end(hops, {2, 5}).egress, 6U);
}

TEST(LspEnd, an_explicit_null_label_is_the_end) {
  const auto hops = base_line(3, {.uhp = true}).trace();
  EXPECT_EQ(find_lsp_end(hops, {2, 5}).egress, 5U);
}

TEST(LspEnd, a_labelled_hop_without_detour_behind_lsrs_with_detours_is_the_end) {
  for (const auto& core : {cisco, test::low}) {
    auto hops = base_line(3, {.uhp = true}, core).trace();
    hops[5].top_lse |= 24020U << 12;
    EXPECT_EQ(find_lsp_end(hops, {2, 5}).egress, 5U);
  }
}

TEST(LspEnd, an_lsr_that_checks_after_its_pop_is_inside) {  // S4b
  for (const auto back : {TtlModel::uniform, TtlModel::pipe}) {
    const auto hops = base_line(4, {.back = back, .last_checks_after_pop = true}).trace();
    EXPECT_EQ(find_lsp_end(hops, {2, 4}).egress, 6U);
  }
}

TEST(LspEnd, reply_ttls_tell_a_silent_last_lsr_from_a_silent_egress) {
  for (const auto& core : {cisco, test::low}) {
    auto hops = base_line(5, {}, core).trace();
    for (auto& hop : hops) hop.er_ttl = 0;
    auto last_silent = hops;
    last_silent[6] = test::silent();
    EXPECT_EQ(find_lsp_end(last_silent, {2, 5}).egress, 7U);
    last_silent[5] = test::silent();
    EXPECT_EQ(find_lsp_end(last_silent, {2, 4}).egress, 7U) << "two of them";
  }
  auto model = base_line(5, {}, test::low, 2);
  for (auto& router : model.routers) router = test::low;
  auto hops = model.trace();
  for (auto& hop : hops) hop.er_ttl = 0;
  hops[7] = test::silent();
  EXPECT_EQ(find_lsp_end(hops, {2, 6}).egress, 7U);
}

TEST(LspEnd, without_labels_or_detours_the_place_is_ambiguous) {
  const auto hops = base_line(4, {.labels_shown = false, .detour = false}).trace();
  EXPECT_TRUE(find_lsp_end(hops, {2, 5}).ambiguous);
}

TEST(LspEnd, the_end_may_lie_behind_the_trace) {
  auto hops = base_line(4, {}).trace();
  hops.resize(6);
  EXPECT_EQ(find_lsp_end(hops, {2, 5}).egress, 6U);
}

// Echo replies that came a shorter way: the detour of the first LSR, 4, ends two hops on, where an error is direct.
TEST(LspEnd, one_detour_that_ends_at_the_next_hop_outweighs_the_jump_of_its_reply_ttl) {
  const auto hops = test::path_from(4, {test::te(5, 251, 251), test::te(6, 250, 250), test::te(7, 245, 249, 1),
                                        test::te(8, 246, 249, 2), test::te(9, 249, 249), test::te(10, 246, 246)});
  EXPECT_EQ(find_lsp_end(hops, {2, 3}).egress, 4U);
}

// The egress's own way back is two hops shorter than theirs, so that detours against echo replies end one hop early.
TEST(LspEnd, a_label_is_not_at_the_egress_where_reply_ttls_go_on_to_rise) {
  const auto hops = test::path_from(
      5, {test::te(4, 252, 61), test::labelled(5, 245, 60, 1, 1), test::labelled(6, 246, 59, 2, 1), test::silent(),
          test::labelled(8, 248, 57, 4, 1), test::te(9, 249, 56), test::te(10, 246, 246)});
  EXPECT_EQ(find_lsp_end(hops, {1, 4}).egress, 5U);
}

}  // namespace
}  // namespace utnt::core
