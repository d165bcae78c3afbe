// SPDX-License-Identifier: BSD-2-Clause
// The compiled-in catalogue: every scenario loads, can be found, and answers.
#include <gtest/gtest.h>

#include <set>

#include "emu/scenario.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

TEST(Builtin, EveryScenarioLoadsAndTellsItsStory) {
  ASSERT_GT(builtin_scenarios().size(), 90U);
  for (const auto& scenario : builtin_scenarios()) {
    SCOPED_TRACE(scenario.name);
    const auto network = load_scenario(scenario.text, scenario.name, 1);
    const auto& info = network->info();
    EXPECT_EQ(info.name, scenario.name);
    EXPECT_FALSE(info.title.empty());
    EXPECT_GT(info.story.size(), 40U);
    EXPECT_FALSE(info.expect.empty());
    ASSERT_FALSE(info.destinations.empty());
    EXPECT_TRUE(info.id.starts_with('S') || scenario.name == "internet");
    TestProber prober{*network};
    EXPECT_TRUE(prober.ask(prober.echo(info.destinations.front(), 1)).has_value() || info.id == "S38" ||
                info.id == "S23");
  }
}

TEST(Builtin, AliasesAreUniqueAndLeadToTheirScenario) {
  std::set<std::string> seen;
  for (const auto& scenario : builtin_scenarios()) {
    for (const auto& alias : read_scenario_info(scenario.text, scenario.name).aliases) {
      EXPECT_TRUE(seen.insert(alias).second) << alias;
      EXPECT_EQ(find_builtin_scenario(alias), &scenario) << alias;
    }
  }
  for (const char* needed : {"plain", "explicit", "implicit", "opaque", "php", "uhp", "internet"})
    EXPECT_TRUE(seen.contains(needed));
}

TEST(Builtin, AScenarioIsFoundByItsNumber) {
  ASSERT_NE(find_builtin_scenario("s07"), nullptr);
  EXPECT_EQ(find_builtin_scenario("s07")->name, "s07_php_brpr");
  EXPECT_EQ(find_builtin_scenario("s04b")->name, "s04b_last_hop_after_pop");
  EXPECT_EQ(find_builtin_scenario("no such"), nullptr);
}

TEST(Builtin, EveryScenarioOfTheListIsThere) {
  std::set<std::string> ids;
  for (const auto& scenario : builtin_scenarios()) ids.insert(read_scenario_info(scenario.text, scenario.name).id);
  for (int i = 1; i <= 51; ++i) {
    if (i == 47) continue;  // IPv6 is not emulated
    std::string id{"S"};
    id.append(std::to_string(i));
    EXPECT_TRUE(ids.contains(id)) << id;
  }
}

}  // namespace
}  // namespace utnt::emu
