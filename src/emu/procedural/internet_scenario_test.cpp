// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/internet_scenario.hpp"

#include <gtest/gtest.h>

#include "emu/scenario.hpp"

namespace utnt::emu {
namespace {

std::string with(std::string_view keys) {
  return std::string{"title = \"t\"\n[internet]\n"}.append(keys);  // keys begin at line 3
}

InternetScenario read(const std::string& text) {
  const auto table = parse_config(text, "net.toml");
  Section root{"net.toml", "", table, 1};
  InternetScenario out;
  EXPECT_TRUE(read_internet(root, out));
  return out;
}

void expect_refusal(const std::string& text, std::string_view place, std::string_view message) {
  try {
    (void)load_scenario(text, "net.toml", 1);
    FAIL() << "accepted: " << text;
  } catch (const ScenarioError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with(place)) << what;
    EXPECT_NE(what.find(message), std::string::npos) << what;
  }
}

TEST(InternetScenario, AnEmptyTableIsTheDefaultMix) {
  const auto out = read(with(""));
  EXPECT_FALSE(out.has_seed);
  EXPECT_EQ(out.sample, 20U);
  const auto& o = out.options;
  EXPECT_EQ(o.mpls_percent, 60U);
  EXPECT_EQ(o.explicit_percent, 60U);
  EXPECT_EQ(o.implicit_percent, 10U);
  EXPECT_EQ(o.opaque_percent, 5U);
  EXPECT_EQ(o.php_percent, 20U);
  EXPECT_EQ(o.uhp_percent, 5U);
  EXPECT_EQ(o.lsrs_min, 1U);
  EXPECT_EQ(o.lsrs_max, 8U);
  EXPECT_EQ(o.cisco_percent, 50U);
  EXPECT_EQ(o.juniper_percent, 30U);
  EXPECT_EQ(o.unix_percent, 20U);
  EXPECT_EQ(o.te_silent_percent, 10U);
  EXPECT_EQ(o.echo_silent_percent, 10U);
  EXPECT_EQ(o.ecmp_percent, 30U);
  EXPECT_EQ(o.asymmetric_percent, 20U);
  EXPECT_EQ(o.dead_percent, 0U);
}

TEST(InternetScenario, EveryKeyReachesItsField) {
  const auto out = read(with(R"(seed = 7
sample = 3
transits = 11
providers = 12
link_delay_us = 5000
loss_ppm = 20000
mpls_percent = 13
explicit_percent = 14
implicit_percent = 15
opaque_percent = 16
php_percent = 17
uhp_percent = 38
lsrs_min = 2
lsrs_max = 3
cisco_percent = 18
juniper_percent = 19
unix_percent = 63
te_silent_percent = 20
echo_silent_percent = 21
ecmp_percent = 22
asymmetric_percent = 23
dead_percent = 24
)"));
  EXPECT_TRUE(out.has_seed);
  EXPECT_EQ(out.sample, 3U);
  const auto& o = out.options;
  EXPECT_EQ(o.seed, 7U);
  EXPECT_EQ(o.transits, 11U);
  EXPECT_EQ(o.providers, 12U);
  EXPECT_EQ(o.link_delay, Duration{5'000'000});
  EXPECT_EQ(o.loss_ppm, 20'000U);
  EXPECT_EQ(o.mpls_percent, 13U);
  EXPECT_EQ(o.explicit_percent, 14U);
  EXPECT_EQ(o.implicit_percent, 15U);
  EXPECT_EQ(o.opaque_percent, 16U);
  EXPECT_EQ(o.php_percent, 17U);
  EXPECT_EQ(o.uhp_percent, 38U);
  EXPECT_EQ(o.lsrs_min, 2U);
  EXPECT_EQ(o.lsrs_max, 3U);
  EXPECT_EQ(o.cisco_percent, 18U);
  EXPECT_EQ(o.juniper_percent, 19U);
  EXPECT_EQ(o.unix_percent, 63U);
  EXPECT_EQ(o.te_silent_percent, 20U);
  EXPECT_EQ(o.echo_silent_percent, 21U);
  EXPECT_EQ(o.ecmp_percent, 22U);
  EXPECT_EQ(o.asymmetric_percent, 23U);
  EXPECT_EQ(o.dead_percent, 24U);
}

TEST(InternetScenario, RefusesWhatItCannotUseAndNamesTheLine) {
  expect_refusal(with("seeed = 1\n"), "net.toml:3: ", "did you mean \"seed\"?");
  expect_refusal(with("mpls_percent = 101\n"), "net.toml:3: ", "between 0 and 100");
  expect_refusal(with("transits = 0\n"), "net.toml:3: ", "between 1 and 65534");
  expect_refusal(with("explicit_percent = 61\n"), "net.toml:3: ", "add up to 100");
  expect_refusal(with("unix_percent = 30\n"), "net.toml:", "cisco_percent: must add up to 100");
  expect_refusal(with("lsrs_max = 3\nlsrs_min = 4\n"), "net.toml:3: ", "lsrs_min");
  expect_refusal(with("loss_ppm = \"1\"\n"), "net.toml:3: ", "whole number");
  expect_refusal("title = \"t\"\nchain = [\"VP\", \"D\"]\n[internet]\n", "net.toml:2: ", "unknown key");
  expect_refusal("title = \"t\"\ninternet = 3\n", "net.toml:2: ", "must be a table");
}

TEST(InternetScenario, TheSeedOfTheTextWinsOverThatOfTheStart) {
  const auto destinations = [](std::string_view keys, std::uint64_t seed) {
    return load_scenario(with(keys), "net", seed)->info().destinations;
  };
  EXPECT_EQ(destinations("seed = 5\n", 1), destinations("seed = 5\n", 2));
  EXPECT_NE(destinations("", 1), destinations("", 2));
  EXPECT_EQ(destinations("", 5), destinations("seed = 5\n", 1));
  EXPECT_EQ(destinations("sample = 3\n", 1).size(), 3U);
}

TEST(InternetScenario, IsBuiltInAndAnswers) {
  const auto* found = find_builtin_scenario("internet");
  ASSERT_NE(found, nullptr);
  const auto network = load_scenario(found->text, found->name, 1);
  EXPECT_EQ(network->info().name, "internet");
  ASSERT_EQ(network->info().destinations.size(), 20U);
  for (const auto& destination : network->info().destinations) EXPECT_TRUE(network->truth(destination).reachable);
}

}  // namespace
}  // namespace utnt::emu
