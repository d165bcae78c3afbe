// SPDX-License-Identifier: BSD-2-Clause
// Under the default rules the result of every scenario is the truth of the emulator, but for the deviations that the
// two lists name; an entry that is no longer needed fails as well, so both lists can only be right.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "deviation_list.hpp"
#include "support/seeds.hpp"
#include "truth_check.hpp"

namespace utnt::sim {
namespace {

constexpr std::size_t fixed_seeds = 2;

/// Scenarios whose result is a matter of chance or of scale; each has tests of its own in the file named.
constexpr std::array<std::string_view, 6> judged_elsewhere{
    "s38_",     // damage_test.cpp
    "s42_",     // balancing_test.cpp
    "s43_",     // many_destinations_test.cpp
    "s46_",     // route_change_test.cpp
    "s51_",     // random_test.cpp
    "internet"  // bench/truth_bench.cpp
};

std::string joined(const std::set<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "\n  " + line;
  return out;
}

void check(const std::string& scenario, const RunRequest& request) {
  const auto run = run_scenario(request);
  const Blame blame{run};
  const auto actual = deviations(run);
  const auto accepted = accepted_for(scenario);
  std::set<std::string> expected = accepted.limits;
  expected.insert(accepted.open.begin(), accepted.open.end());
  std::set<std::string> surplus, unneeded;
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(),
                      std::inserter(surplus, surplus.end()));
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(),
                      std::inserter(unneeded, unneeded.end()));
  EXPECT_TRUE(surplus.empty()) << scenario << " differs from the truth:" << joined(surplus);
  EXPECT_TRUE(unneeded.empty()) << scenario << ": strike out of known_limits.toml or open_deviations.toml:"
                                << joined(unneeded);
}

class TruthTest : public testing::Test {
 public:
  TruthTest(std::string scenario, std::string method, bool reordered)
      : scenario_{std::move(scenario)}, method_{std::move(method)}, is_reordered_{reordered} {}

  void TestBody() override {
    auto seeds = test::seeds_for(scenario_, fixed_seeds);
    if (!is_reordered_) seeds.insert(seeds.begin(), 1);
    for (const auto seed : seeds) {
      auto asked = request(scenario_, "utnt", seed);
      asked.options.method = method_;
      if (is_reordered_) asked.impairment = reordering(seed);
      check(scenario_, asked);
      if (HasFailure()) return;
    }
  }

 private:
  std::string scenario_, method_;
  bool is_reordered_;
};

bool register_scenarios() {
  for (const auto& builtin : emu::builtin_scenarios()) {
    const auto elsewhere = [&](std::string_view start) { return builtin.name.starts_with(start); };
    if (std::any_of(judged_elsewhere.begin(), judged_elsewhere.end(), elsewhere)) continue;
    const std::string name{builtin.name};
    const std::string method = name.starts_with("s45_udp") ? "udp-paris" : "icmp-paris";
    testing::RegisterTest("Truth", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [=]() -> testing::Test* { return new TruthTest{name, method, false}; });
    testing::RegisterTest("TruthReordered", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [=]() -> testing::Test* { return new TruthTest{name, method, true}; });
  }
  return true;
}

[[maybe_unused]] const bool registered = register_scenarios();

TEST(TruthLists, say_how_many_deviations_are_left) {
  const auto limits = read_deviations("known_limits.toml", "rule");
  const auto open = read_deviations("open_deviations.toml", "why");
  std::printf("%zu deviations that nobody could avoid, %zu open ones\n", limits.size(), open.size());
  RecordProperty("known_limits", static_cast<int>(limits.size()));
  RecordProperty("open_deviations", static_cast<int>(open.size()));
  for (const auto* list : {&limits, &open}) {
    for (const auto& entry : *list) {
      EXPECT_NE(emu::find_builtin_scenario(entry.scenario), nullptr) << "no scenario is called " << entry.scenario;
    }
  }
}

}  // namespace
}  // namespace utnt::sim
