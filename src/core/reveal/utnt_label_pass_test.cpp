// SPDX-License-Identifier: BSD-2-Clause
// The marking pass of the default rules: rows of the emulator's scenario table with the truth as expectation, cases
// where the original errs (TNT specification section 11), and random lines of routers and tunnels from the forwarding
// model.
#include "core/reveal/utnt_label_pass.hpp"

#include <gtest/gtest.h>

#include "core/reveal/line_model_test_support.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/tunnels.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::base_line;
using test::cisco;
using test::echo;
using test::juniper;
using test::labelled;
using test::low;
using test::ModelTunnel;
using test::mpls_text;
using test::Path;
using test::path_from;
using test::silent;
using test::te;
using test::TtlModel;

/// Each tunnel as "class ingress-egress", positions as address references, "*" for a silent end.
std::string tunnels_text(Path hops) {
  utnt_label_pass(hops);
  std::string text;
  std::size_t cursor = 0;
  while (const auto run = next_tunnel(hops, cursor)) {
    constexpr const char* names[] = {"none", "exp", "imp", "opa", "php", "uhp", "inf"};
    const auto end = [](AddressRef a) { return a == no_address ? std::string{"*"} : std::to_string(a.value()); };
    text += std::string{text.empty() ? "" : " "} + names[static_cast<int>(run->tunnel_class)] + " " +
            end(run->ingress) + "-" + end(run->egress);
  }
  return text;
}

TEST(UtntLabelPass, an_explicit_tunnel) {  // S2
  EXPECT_EQ(tunnels_text(base_line(3, {}).trace()), "exp 2-6");
  EXPECT_EQ(tunnels_text(base_line(1, {}).trace()), "exp 2-4");
}

TEST(UtntLabelPass, a_labelled_egress_with_explicit_null_is_the_egress) {  // S3
  auto hops = base_line(3, {.uhp = true}).trace();
  EXPECT_EQ(tunnels_text(hops), "exp 2-6");
  // The same with an ordinary label at the egress: only the detour tells.
  hops[5].top_lse |= 24020U << 12;
  EXPECT_EQ(tunnels_text(hops), "exp 2-6");
}

TEST(UtntLabelPass, an_lsr_that_rewrites_its_quote_does_not_cut_an_explicit_tunnel) {
  for (const auto& core : {cisco, low}) {
    for (const std::size_t rewriter : {3U, 4U}) {
      auto hops = base_line(4, {}, core).trace();
      ASSERT_GT(hops[rewriter].quoted_ttl, 1);
      hops[rewriter].quoted_ttl = 1;
      EXPECT_EQ(tunnels_text(hops), "exp 2-7") << rewriter;
    }
  }
}

TEST(UtntLabelPass, a_service_label_left_alone_marks_the_egress) {  // S49
  EXPECT_EQ(tunnels_text(base_line(3, {.service_labels = 1}).trace()), "exp 2-6");
  EXPECT_EQ(tunnels_text(base_line(3, {.detour = false, .service_labels = 1}).trace()), "exp 2-6");
}

TEST(UtntLabelPass, an_implicit_tunnel_ends_at_its_egress) {  // S4, S4b
  for (const auto& core : {cisco, juniper, low}) {
    for (const auto back : {TtlModel::uniform, TtlModel::pipe}) {
      for (int n = 2; n <= 6; ++n) {
        const ModelTunnel tunnel{.back = back, .labels_shown = false};
        EXPECT_EQ(tunnels_text(base_line(n, tunnel, core).trace()), "imp 2-" + std::to_string(n + 3)) << n;
      }
    }
  }
}

TEST(UtntLabelPass, an_implicit_tunnel_whose_last_lsr_checks_after_its_pop) {  // S4b
  EXPECT_EQ(tunnels_text(base_line(3, {.labels_shown = false, .last_checks_after_pop = true}).trace()), "imp 2-6");
  EXPECT_EQ(tunnels_text(base_line(4, {.labels_shown = false, .last_checks_after_pop = true}).trace()), "imp 2-7");
  EXPECT_EQ(tunnels_text(base_line(4, {.last_checks_after_pop = true}).trace()), "exp 2-7");
}

TEST(UtntLabelPass, without_detours_the_place_of_an_implicit_egress_is_flagged) {
  auto hops = base_line(3, {.labels_shown = false, .detour = false}).trace();
  EXPECT_EQ(tunnels_text(hops), "imp 2-6");
  utnt_label_pass(hops);
  EXPECT_TRUE(hops[5].egress_ambiguous);
  auto clear = base_line(3, {.labels_shown = false}).trace();
  utnt_label_pass(clear);
  EXPECT_FALSE(clear[5].egress_ambiguous);
}

TEST(UtntLabelPass, rewritten_quotes_leave_the_detours) {  // S5, S6
  for (const auto& core : {cisco, juniper}) {
    for (const auto back : {TtlModel::uniform, TtlModel::pipe}) {
      const ModelTunnel tunnel{.back = back, .labels_shown = false, .quotes_rewritten = true};
      EXPECT_EQ(tunnels_text(base_line(3, tunnel, core).trace()), "imp 2-6");
    }
  }
  EXPECT_EQ(tunnels_text(base_line(3, {.labels_shown = false, .quotes_rewritten = true}, low).trace()), "imp 2-6");
  EXPECT_EQ(tunnels_text(base_line(3, {.labels_shown = false, .detour = false, .quotes_rewritten = true}).trace()), "")
      << "S5b is undetectable";
}

TEST(UtntLabelPass, decay_behind_an_invisible_tunnel_is_no_detour) {
  const ModelTunnel tunnel{.forward = TtlModel::pipe, .back = TtlModel::pipe};
  for (const auto& core : {cisco, juniper, low}) {
    auto model = base_line(5, tunnel, core, 4);
    EXPECT_EQ(tunnels_text(model.trace()), "");
    for (auto& router : model.routers) router = juniper;
    EXPECT_EQ(tunnels_text(model.trace()), "");
    for (auto& router : model.routers) router.answers_er = false;
    EXPECT_EQ(tunnels_text(model.trace()), "");
  }
}

Path opaque_path(int mttl) {  // S28, S29
  return path_from(
      1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, mttl), te(7, 250, 250), echo(8, 60, 60)});
}

TEST(UtntLabelPass, an_isolated_label_on_a_router_that_answers_like_an_ler_is_opaque) {
  for (const int mttl : {0, 2, 200, 236, 237, 252, 254, 255}) {
    EXPECT_EQ(tunnels_text(opaque_path(mttl)), "opa 2-6") << mttl;
  }
}

TEST(UtntLabelPass, an_opaque_hop_at_the_end_is_the_egress) {  // S29
  EXPECT_EQ(tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252)})), "opa 2-6");
  EXPECT_EQ(
      tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252), silent(), silent()})),
      "opa 2-6");
}

TEST(UtntLabelPass, a_lone_label_of_ttl_255_without_a_longer_way_back_is_no_tunnel) {
  EXPECT_EQ(
      tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 253, 253, 1, 255), te(4, 252, 252)})),
      "");
  EXPECT_EQ(
      tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 251, 253, 1, 255), te(4, 252, 252)})),
      "exp 2-4")
      << "an LSR that quotes 255, told by its detour";
}

TEST(UtntLabelPass, lsrs_that_quote_odd_label_ttls_are_explicit) {  // weakness 13
  EXPECT_EQ(tunnels_text(path_from(
                1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 17), labelled(4, 248, 252, 2, 17),
                    labelled(5, 249, 251, 3, 17), te(6, 250, 250), te(7, 249, 249)})),
            "exp 2-6");
  EXPECT_EQ(tunnels_text(path_from(
                1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 251, 253, 1, 17), te(4, 252, 252), te(5, 251, 251)})),
            "exp 2-4");
}

TEST(UtntLabelPass, odd_quoted_ttls_mark_nothing) {  // weakness 10
  EXPECT_EQ(tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253, 77), te(4, 252, 252)})), "");
  EXPECT_EQ(tunnels_text(path_from(1, {te(1, 255, 255), te(2, 254, 254, 2), te(3, 253, 253, 2), te(4, 252, 252, 2)})),
            "")
      << "a middlebox that rewrites TTLs";
}

TEST(UtntLabelPass, silent_lsrs_stay_inside) {
  auto hops = base_line(5, {}).trace();
  hops[3] = hops[4] = HopRecord{};
  EXPECT_EQ(tunnels_text(path_from(1, hops)), "exp 2-8");
  hops = base_line(4, {}).trace();
  hops[2] = HopRecord{};
  EXPECT_EQ(tunnels_text(path_from(1, hops)), "exp 2-7") << "the quoted TTLs place the ingress";
  hops = base_line(4, {}).trace();
  hops[5] = HopRecord{};
  EXPECT_EQ(tunnels_text(path_from(1, hops)), "exp 2-7") << "the detours place the egress";
  hops = base_line(4, {.labels_shown = false}).trace();
  hops[3] = HopRecord{};
  EXPECT_EQ(tunnels_text(path_from(1, hops)), "imp 2-7");
}

TEST(UtntLabelPass, a_silent_egress_is_told_from_a_silent_last_lsr) {
  auto hops = base_line(3, {}).trace();
  hops[5] = HopRecord{};
  EXPECT_EQ(tunnels_text(path_from(1, hops)), "exp 2-*");
}

TEST(UtntLabelPass, an_ler_of_two_tunnels_is_both_ends_whatever_its_signature) {  // S30, weaknesses 22 and 24
  for (const auto& shared : {cisco, juniper, low}) {
    test::LineModel model = base_line(3, {});
    model.routers.resize(6);
    model.routers[5] = shared;
    for (int i = 0; i < 5; ++i) model.routers.push_back(cisco);
    model.tunnels.push_back({.ingress = 6, .egress = 9});
    EXPECT_EQ(tunnels_text(model.trace()), "exp 2-6 exp 6-9");
    model.tunnels[0].uhp = true;
    EXPECT_EQ(tunnels_text(model.trace()), "exp 2-6 exp 6-9");
  }
}

TEST(UtntLabelPass, a_router_without_labels_inside_an_lsp_is_part_of_it) {
  auto hops = base_line(4, {}).trace();
  hops[4].labels = 0;
  EXPECT_EQ(tunnels_text(hops), "exp 2-7");
  hops[4].quoted_ttl = 1;
  EXPECT_EQ(tunnels_text(hops), "exp 2-7");
  utnt_label_pass(hops);
  EXPECT_EQ(mpls_text(hops[4]), "[MPLS,LSR,INF]");
}

TEST(UtntLabelPass, paths_of_less_than_three_hops_are_left_alone) {
  EXPECT_EQ(tunnels_text(path_from(1, {te(1, 255, 255), labelled(2, 254, 254, 1, 1)})), "");
}

PROPERTY("the default label pass finds the visible tunnels of any line", prng) {
  for (int round = 0; round < 50; ++round) {
    test::LineModel model;
    const test::ModelRouter kinds[] = {cisco, juniper, low};
    std::string truth;
    const auto grow = [&](std::uint64_t count) {
      for (; count > 0; --count) model.routers.push_back(kinds[prng.below(3)]);
    };
    grow(1 + prng.below(3));
    for (std::uint64_t n = 1 + prng.below(3); n > 0; --n) {
      ModelTunnel t;
      t.ingress = static_cast<int>(model.routers.size());
      t.back = prng.below(2) == 0 ? TtlModel::uniform : TtlModel::pipe;
      t.labels_shown = prng.below(3) != 0;
      t.uhp = prng.below(5) == 0;
      t.uhp_back = t.uhp && t.back == TtlModel::uniform;
      t.detour = prng.below(4) != 0;
      if (!t.labels_shown) t.uhp = t.uhp_back = false;
      const auto lsrs = (t.labels_shown ? 1 : 2) + prng.below(6);
      const auto core = kinds[prng.below(3)];
      for (std::uint64_t i = 0; i <= lsrs; ++i) model.routers.push_back(core);
      t.egress = static_cast<int>(model.routers.size());
      model.tunnels.push_back(t);
      truth += std::string{truth.empty() ? "" : " "} + (t.labels_shown ? "exp " : "imp ") + std::to_string(t.ingress) +
               "-" + std::to_string(t.egress);
      if (prng.below(3) != 0) grow(1 + prng.below(3));
    }
    grow(1 + prng.below(3));
    model.routers.push_back(low);
    const auto hops = model.trace();
    std::string listing;
    for (const auto& line : test::dump(hops)) listing += line + "\n";
    ASSERT_EQ(tunnels_text(hops), truth) << listing;
  }
}

PROPERTY("the default label pass survives any hop list", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    utnt_label_pass(hops);
    for (const auto& hop : hops) {
      ASSERT_FALSE(is_lsr(hop) && hop.marks.has_any(end_marks));
      if (hop.is_silent()) {
        ASSERT_FALSE(hop.marks.has_any(end_marks));
      }
    }
  }
}

}  // namespace
}  // namespace utnt::core
