// SPDX-License-Identifier: BSD-2-Clause
// S38: loss, disorder and every kind of damaged reply. The result is that of the clean run, or it says itself that it
// is incomplete; a router that is no LSR never becomes one.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/seeds.hpp"
#include "truth_check.hpp"

namespace utnt::sim {
namespace {

constexpr std::size_t fixed_seeds = 12;

/// Where in the true path the address belongs; nothing for an address that is not on it.
std::optional<std::size_t> place_of(const wire::IpAddress& address, const emu::Truth& truth) {
  for (std::size_t i = 0; i < truth.path.size(); ++i) {
    const auto& aliases = truth.path[i].aliases;
    if (std::find(aliases.begin(), aliases.end(), address) != aliases.end()) return i;
  }
  return std::nullopt;
}

/// Every answering hop is on the true path, in its order, and every LSR is one in truth.
void expect_no_wrong_lsr(const Run& run) {
  const auto& truth = run.truth();
  std::optional<std::size_t> before;
  for (const auto& hop : run.trace().hops) {
    if (hop.is_silent()) continue;
    const auto place = place_of(hop.address, truth);
    ASSERT_TRUE(place.has_value()) << "a hop from nowhere";
    if (before) {
      EXPECT_GT(*place, *before) << truth.path[*place].name << " is out of order";
    }
    before = place;
    if (!hop.marks.has(report::Mark::lsr)) continue;
    const bool is_lsr = std::any_of(truth.tunnels.begin(), truth.tunnels.end(),
                                    [&](const auto& t) { return t.ingress < *place && *place < t.egress; });
    EXPECT_TRUE(is_lsr) << truth.path[*place].name << " is no LSR";
  }
}

/// The result says itself that something is missing: a silent hop, or a tunnel that is not complete.
bool admits_a_gap(const results::TraceResult& trace) {
  return std::any_of(trace.hops.begin(), trace.hops.end(), [](const auto& hop) { return hop.is_silent(); }) ||
         std::any_of(trace.tunnels.begin(), trace.tunnels.end(),
                     [](const auto& tunnel) { return tunnel.completeness != report::Completeness::complete; });
}

class Damage : public testing::TestWithParam<const char*> {};

TEST_P(Damage, leaves_the_clean_result_or_an_admitted_gap_under_the_default_rules) {
  for (const auto seed : test::seeds_for(std::string{"damage_"} + GetParam(), fixed_seeds)) {
    const auto run = run_scenario(request(GetParam(), "utnt", seed));
    const Blame blame{run};
    expect_no_wrong_lsr(run);
    for (const auto& line : deviations(run)) {
      EXPECT_TRUE(admits_a_gap(run.trace())) << line << ", and the result does not say that anything is missing";
    }
    if (HasFailure()) return;
  }
}

TEST_P(Damage, never_makes_a_wrong_lsr_under_the_original_rules) {
  for (const auto seed : test::seeds_for(std::string{"damage_"} + GetParam(), fixed_seeds)) {
    const auto run = run_scenario(request(GetParam(), "tnt", seed));
    const Blame blame{run};
    expect_no_wrong_lsr(run);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(, Damage,
                         testing::Values("s38_bad_icmp_checksum", "s38_damage", "s38_disorder", "s38_duplicate",
                                         "s38_foreign_quote", "s38_late", "s38_loss", "s38_object_length_0",
                                         "s38_object_length_3", "s38_object_length_big", "s38_reordered",
                                         "s38_rewritten_destination", "s38_truncated_quote", "s38_unknown_class"),
                         [](const auto& scenario) { return std::string{scenario.param}; });

/// Damage that a parser can see through entirely: nothing may be missing, whatever the seed.
class HarmlessDamage : public testing::TestWithParam<const char*> {};

TEST_P(HarmlessDamage, changes_nothing_at_all) {
  for (const auto seed : test::seeds_for(std::string{"harmless_"} + GetParam(), fixed_seeds)) {
    const auto run = run_scenario(request(GetParam(), "utnt", seed));
    const Blame blame{run};
    EXPECT_EQ(deviations(run), std::set<std::string>{});
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(, HarmlessDamage,
                         testing::Values("s38_disorder", "s38_duplicate", "s38_object_length_0", "s38_object_length_3",
                                         "s38_object_length_big", "s38_reordered", "s38_unknown_class"),
                         [](const auto& scenario) { return std::string{scenario.param}; });

}  // namespace
}  // namespace utnt::sim
