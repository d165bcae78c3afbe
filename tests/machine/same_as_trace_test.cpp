// SPDX-License-Identifier: BSD-2-Clause
// The prober's image on the platform and the drivers that ship, in virtual time: its record stream and the file that
// becomes of it are, byte for byte, those of `utnt trace` on the same network, times included, whatever carries the
// records and however the devices are equipped.
#include <gtest/gtest.h>

#include <sstream>

#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/version.hpp"
#include "apps/utnt_image/image_run.hpp"
#include "machine/board.hpp"
#include "machine/launch.hpp"

namespace utnt::machine {
namespace {

constexpr std::size_t memory_bytes = std::size_t{16} << 20;
constexpr std::size_t disk_sectors = std::size_t{32} << 11;  // 32 MiB

int probe(const unikernel::Startup& startup) {
  return image::run_image(startup, {apps::version_number(), apps::version_commit()});
}

BoardSettings with_console() { return {}; }
BoardSettings with_disk() {
  BoardSettings settings;
  settings.has_console = false;
  settings.disk_sectors = disk_sectors;
  return settings;
}

Outcome run(const apps::TraceOptions& options, const BoardSettings& settings, const std::string& words = "") {
  const auto network = apps::open_emulated_network(options.emulate, network_seed);
  const auto started = launched(options, *network);
  return boot(*network, settings, started.command_line + " uk.exitport=0xf4" + words, started.module, memory_bytes,
              probe);
}

/// The lines where two texts part.
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left{a}, right{b};
  for (std::string one, other; left.good() || right.good(); one.clear(), other.clear()) {
    std::getline(left, one);
    std::getline(right, other);
    if (one != other) return one + "\n" + other;
  }
  return {};
}

void expect_same(const Outcome& outcome, const Traced& expected) {
  EXPECT_EQ(outcome.crash, "");
  EXPECT_EQ(outcome.violations, "");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.log, "UKEXIT 0\n");
  const auto read = read_stream(outcome.records);
  EXPECT_TRUE(read.is_complete) << read.complaint;
  EXPECT_EQ(read.exit_code, 0);
  EXPECT_TRUE(read.records == expected.records)
      << "the record streams differ: " << read.records.size() << " and " << expected.records.size() << " bytes";
  EXPECT_TRUE(read.file == expected.file) << "the files differ:\n" << first_difference(read.file, expected.file);
}

class SameAsTraceOnDrivers : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SameAsTraceOnDrivers, writes_the_same_bytes_to_the_console_and_to_a_disk) {
  const auto& [scenario, rules] = GetParam();
  const auto options = options_for(scenario, rules);
  const auto expected = traced(options);
  ASSERT_NE(expected.file.find("{\"type\":\"trace\""), std::string::npos);
  expect_same(run(options, with_console()), expected);
  expect_same(run(options, with_disk()), expected);
}

std::vector<std::string> all_scenarios() {
  std::vector<std::string> names;
  for (const auto& scenario : emu::builtin_scenarios()) names.emplace_back(scenario.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Machine, SameAsTraceOnDrivers,
                         ::testing::Combine(::testing::ValuesIn(all_scenarios()), ::testing::Values("utnt", "tnt")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_rules_" + std::get<1>(test.param);
                         });

class MachineEquipment : public ::testing::Test {
 protected:
  apps::TraceOptions options = options_for("php", "utnt");
  Traced expected = traced(options);
};

TEST_F(MachineEquipment, makes_no_difference_without_event_index) {
  for (auto settings : {with_console(), with_disk()}) {
    settings.has_event_index = false;
    expect_same(run(options, settings), expected);
  }
}

TEST_F(MachineEquipment, makes_no_difference_without_merged_buffers) {
  auto settings = with_console();
  settings.can_merge = false;
  expect_same(run(options, settings), expected);
}

TEST_F(MachineEquipment, makes_no_difference_whatever_else_is_there) {
  auto settings = with_console();
  settings.cards = 3;
  settings.has_entropy = true;
  settings.disk_sectors = disk_sectors;
  expect_same(run(options, settings), expected);
  expect_same(run(options, settings, " uk.rec=blk"), expected);
}

TEST_F(MachineEquipment, makes_no_difference_to_a_program_that_never_sleeps) {
  const auto outcome = run(options, with_console(), " uk.poll=1");
  expect_same(outcome, expected);
  EXPECT_EQ(outcome.sleeps, 0U);
}

TEST_F(MachineEquipment, makes_no_difference_when_the_counter_runs_at_four_gigahertz_and_is_near_its_end) {
  auto settings = with_console();
  settings.ticks_per_ns = 4;
  settings.ticks_at_entry = ~std::uint64_t{0} >> 1;
  expect_same(run(options, settings, " uk.tsc_hz=4000000000"), expected);
}

TEST_F(MachineEquipment, only_delays_a_program_whose_channel_is_slow) {
  for (auto settings : {with_console(), with_disk()}) {
    settings.console_time = settings.disk_time = Duration{700'000'000};
    const auto outcome = run(options, settings);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.violations, "");
    const auto read = read_stream(outcome.records);
    EXPECT_TRUE(read.is_complete) << read.complaint;
    EXPECT_NE(read.file.find("\"type\":\"tunnel\""), std::string::npos);
  }
}

TEST_F(MachineEquipment, ends_with_the_disk_that_is_full) {
  auto settings = with_disk();
  settings.disk_sectors = 3 * 8;
  const auto outcome = run(options, settings);
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.crash, "");
  EXPECT_NE(outcome.log.find("record log: the disk is full\n"), std::string::npos) << outcome.log;
  EXPECT_NE(outcome.log.find("nobody takes the results"), std::string::npos) << outcome.log;
}

TEST_F(MachineEquipment, finds_the_tunnel_whenever_the_devices_choose_to_act) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (auto settings : {with_console(), with_disk()}) {
      settings.disorder = seed;
      settings.has_entropy = true;
      settings.has_event_index = seed % 2 == 0;
      const auto outcome = run(options, settings);
      EXPECT_EQ(outcome.crash + outcome.violations, "") << seed;
      EXPECT_EQ(outcome.code, 0) << seed;
      const auto read = read_stream(outcome.records);
      EXPECT_TRUE(read.is_complete) << seed << read.complaint;
      EXPECT_NE(read.file.find("\"type\":\"tunnel\""), std::string::npos) << seed;
    }
  }
}

}  // namespace
}  // namespace utnt::machine
