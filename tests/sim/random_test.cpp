// SPDX-License-Identifier: BSD-2-Clause
// S51: random networks of mixed routers, from the scenarios and from seeds of their own. Results are rated against the
// truth: of the tunnels that can be detected, how many were found, and of those reported, how many are true.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "emu/random_scenario.hpp"
#include "support/seeds.hpp"
#include "truth_check.hpp"

namespace utnt::sim {
namespace {

/// In parts per thousand, so that no rounding decides.
struct Floor {
  unsigned recall;
  unsigned precision;
};
constexpr Floor of_the_catalogue{950, 980};
constexpr Floor of_any_seed{850, 950};

using Key = std::tuple<std::string, std::string, emu::TrueClass>;  ///< ingress, egress, class

struct Rate {
  std::map<Key, bool> tunnels;  ///< the detectable ones, and whether some trace found them
  std::map<Key, bool> all;      ///< and all of them
  unsigned reported{0}, untrue{0};
  std::map<std::string, unsigned> lines;  ///< every deviation and how many traces show it

  [[nodiscard]] static unsigned found(const std::map<Key, bool>& tunnels) {
    unsigned count = 0;
    for (const auto& [key, is_found] : tunnels) count += is_found ? 1 : 0;
    return count;
  }
};

void add(Rate& rate, const Run& run) {
  for (std::size_t i = 0; i < run.traces.size(); ++i) {
    const auto& truth = run.truth(i);
    const auto scored = lab::match_tunnels(run.trace(i), truth);
    for (const auto& match : scored.tunnels) {
      const Key key{truth.path.at(match.truth->ingress).name, truth.path.at(match.truth->egress).name,
                    match.truth->tunnel_class};
      rate.all[key] |= match.found != nullptr;
      if (match.truth->detectable) rate.tunnels[key] |= match.found != nullptr;
      rate.reported += match.found != nullptr ? 1 : 0;
    }
    rate.reported += static_cast<unsigned>(scored.untrue.size());
    rate.untrue += static_cast<unsigned>(scored.untrue.size());
    for (const auto& line : deviations(run.trace(i), truth)) ++rate.lines[fmt::format("{:#x} {}", run.seed, line)];
  }
}

void print(const std::string& name, const Rate& rate) {
  fmt::print("{}: found {} of {} detectable tunnels ({} of all {}); {} of {} reports are not true\n", name,
             Rate::found(rate.tunnels), rate.tunnels.size(), Rate::found(rate.all), rate.all.size(), rate.untrue,
             rate.reported);
  for (const auto& [key, is_found] : rate.tunnels) {
    if (!is_found)
      fmt::print("  missed {} to {}, class {}\n", std::get<0>(key), std::get<1>(key),
                 static_cast<int>(std::get<2>(key)));
  }
  for (const auto& [line, traces] : rate.lines) {
    if (line.ends_with("is not there")) fmt::print("  {} in {} traces\n", line, traces);
  }
}

void expect_thresholds(const Rate& rate, Floor least) {
  std::string lines;
  for (const auto& [line, traces] : rate.lines) lines += fmt::format("\n  {} x{}", line, traces);
  SCOPED_TRACE(lines);
  EXPECT_GE(Rate::found(rate.tunnels) * 1000, least.recall * rate.tunnels.size());
  EXPECT_GE((rate.reported - rate.untrue) * 1000, least.precision * rate.reported);
}

void expect_sound(const Run& run) {
  for (const auto& trace : run.traces) {
    // One router answers at most twice: by the path, and hidden in a revelation.
    EXPECT_LE(trace.hops.size(), 255U);
    EXPECT_NE(trace.stop, report::StopReason::none);
    EXPECT_NE(trace.stop, report::StopReason::error);
  }
  EXPECT_EQ(run.summary.traces_incomplete, 0U);
  EXPECT_EQ(run.summary.counters.table_full, 0U);
  // A budget for the whole: fifty probes a destination is far from what any of these networks needs.
  EXPECT_LE(run.summary.counters.probes_sent, 60U * run.traces.size() + 400U);
}

RunRequest at_full_speed(const std::string& name, const std::string& rules, std::uint64_t seed) {
  auto asked = request(name, rules, seed);
  asked.options.pps = 0;
  asked.options.prefix_pps = 0;
  asked.options.near_pps = 0;
  return asked;
}

TEST(RandomNetworks, of_the_catalogue_are_seen_as_they_are) {
  Rate rate;
  for (const char* name : {"s51_random_small", "s51_random_medium", "s51_random_large"}) {
    const auto run = run_scenario(at_full_speed(name, "utnt", 1));
    const Blame blame{run};
    expect_sound(run);
    Rate own;
    add(own, run);
    print(name, own);
    add(rate, run);
  }
  expect_thresholds(rate, of_the_catalogue);
}

TEST(RandomNetworks, of_any_seed_are_seen_as_they_are) {
  Rate rate;
  for (const auto seed : test::seeds_for("random_networks", 6)) {
    auto asked = at_full_speed("random", "utnt", seed);
    asked.text = emu::random_scenario({.seed = seed & 0x7fff'ffff, .routers = 80, .ases = 4, .destinations = 30});
    const auto run = run_scenario(asked);
    const Blame blame{run};
    expect_sound(run);
    add(rate, run);
    if (HasFailure()) break;
  }
  print("random networks", rate);
  expect_thresholds(rate, of_any_seed);
}

TEST(RandomNetworks, do_not_upset_the_original_rules) {
  for (const auto seed : test::seeds_for("random_networks_tnt", 3)) {
    auto asked = at_full_speed("random", "tnt", seed);
    asked.text = emu::random_scenario({.seed = seed & 0x7fff'ffff, .routers = 60, .ases = 3, .destinations = 20});
    const auto run = run_scenario(asked);
    const Blame blame{run};
    ASSERT_EQ(run.traces.size(), 20U);
    EXPECT_EQ(run.summary.traces_incomplete, 0U);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace utnt::sim
