// SPDX-License-Identifier: BSD-2-Clause
// Under the default rules the result of every scenario is the truth of the emulator, but for the deviations that the
// two lists name; an entry that is no longer needed fails as well, so both lists can only be right.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "deviation_list.hpp"
#include "support/seeds.hpp"
#include "truth_check.hpp"

namespace utnt::sim {
namespace {

constexpr std::size_t fixed_seeds = 2;

/// Scenarios whose result is a matter of chance or of scale; each has tests of its own in the file named.
constexpr std::string_view judged_elsewhere[] = {
    "s38_",      // damage_test.cpp
    "s42_",      // balancing_test.cpp
    "s43_",      // many_destinations_test.cpp
    "s46_",      // route_change_test.cpp
    "s51_",      // random_test.cpp
    "internet",  // truth_bench, by rates
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
  EXPECT_TRUE(unneeded.empty()) << scenario
                                << ": strike out of known_limits.toml or open_deviations.toml:" << joined(unneeded);
}

/// What a limit says about a tunnel that was not found must be what the emulator proves from its settings.
void check_limits(const std::string& scenario) {
  std::optional<std::map<std::string, std::string>> hidden;
  for (const auto& limit : read_deviations("known_limits.toml", "rule")) {
    const auto end = std::min(limit.what.find(" not found"), limit.what.find(" suspected only"));
    if (limit.scenario != scenario || end == std::string::npos) continue;
    if (!hidden) hidden = undetectable_tunnels(run_scenario(request(scenario, "utnt")));
    const auto tunnel = hidden->find(limit.what.substr(0, end));
    if (tunnel == hidden->end()) {
      ADD_FAILURE() << scenario << ": the emulator can show that \"" << limit.what << "\" is detectable";
    } else {
      EXPECT_EQ(tunnel->second, limit.why) << scenario << ": " << limit.what;
    }
  }
}

class TruthTest : public testing::Test {
 public:
  TruthTest(std::string scenario, std::string method, bool reordered)
      : scenario_{std::move(scenario)}, method_{std::move(method)}, is_reordered_{reordered} {}

  void TestBody() override {
    if (!is_reordered_) check_limits(scenario_);
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

/// From the files: the compiled-in table may not be there yet while static objects are made.
std::set<std::string> scenario_names() {
  std::set<std::string> out;
  const auto folder = std::string{UTNT_SOURCE_DIR} + "/tests/scenarios";
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    const auto name = file.path().stem().string();
    const bool is_scenario =
        file.path().extension() == ".toml" && name.size() > 1 && name[0] == 's' && name[1] >= '0' && name[1] <= '9';
    if (is_scenario) out.insert(name);
  }
  return out;
}

bool register_scenarios() {
  for (const auto& name : scenario_names()) {
    const auto elsewhere = [&](std::string_view start) { return name.starts_with(start); };
    if (std::any_of(std::begin(judged_elsewhere), std::end(judged_elsewhere), elsewhere)) continue;
    const std::string method = name.starts_with("s45_udp") ? "udp-paris" : "icmp-paris";
    testing::RegisterTest("Truth", name.c_str(), nullptr, nullptr, __FILE__, __LINE__, [=]() -> testing::Test* {
      return new TruthTest{name, method, false};
    });
    testing::RegisterTest("TruthReordered", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [=]() -> testing::Test* {
                            return new TruthTest{name, method, true};
                          });
  }
  return true;
}

[[maybe_unused]] const bool registered = register_scenarios();

std::string text_of_file(const std::string& path) {
  std::ifstream in{std::string{UTNT_SOURCE_DIR} + path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(TruthLists, say_how_many_deviations_are_left) {
  const auto limits = read_deviations("known_limits.toml", "rule");
  const auto open = read_deviations("open_deviations.toml", "why");
  std::printf("%zu deviations that nobody could avoid, %zu open ones\n", limits.size(), open.size());
  RecordProperty("known_limits", static_cast<int>(limits.size()));
  RecordProperty("open_deviations", static_cast<int>(open.size()));
  const auto rules = text_of_file("/docs/reference/detectability.md");
  for (const auto& limit : limits) {
    EXPECT_NE(rules.find("| `" + limit.why + "` |"), std::string::npos)
        << limit.why << " is no rule of detectability.md";
  }
  const auto design = text_of_file("/docs/design/reveal-rules.md");
  for (const auto& entry : open) {
    EXPECT_NE(design.find(entry.what), std::string::npos)
        << "docs/design/reveal-rules.md does not tell about " << entry.what;
  }
  for (const auto* list : {&limits, &open}) {
    for (const auto& entry : *list) {
      EXPECT_NE(emu::find_builtin_scenario(entry.scenario), nullptr) << "no scenario is called " << entry.scenario;
    }
  }
}

}  // namespace
}  // namespace utnt::sim
