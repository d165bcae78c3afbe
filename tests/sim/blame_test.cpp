// SPDX-License-Identifier: BSD-2-Clause
// What a failed simulation leaves behind: the command that repeats it and a capture that other programs can read.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "run_scenario.hpp"

namespace utnt::sim {
namespace {

bool failed = false;

std::string read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(Blame, a_failure_prints_the_replay_command_and_writes_a_capture_of_both_directions) {
  const auto run = run_scenario(request("s07_php_brpr", "tnt", 0x51f0c3));
  const auto path = capture_path(run);
  std::filesystem::remove(path);
  failed = false;
  testing::internal::CaptureStderr();
  {
    const Blame blame{run, +[] { return failed; }};
    failed = true;
  }
  const auto text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("FAILED scenario=s07_php_brpr rules=tnt seed=0x51f0c3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("replay: utnt trace --emulate s07_php_brpr --rules tnt --seed 5370051 --order input\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("capture: " + path + "\n"), std::string::npos) << text;

  // pcap: 24 bytes of header, then 16 bytes before each packet; 28 probes (5 + 15 of traces, 8 pings), all answered.
  const auto bytes = read(path);
  ASSERT_GT(bytes.size(), 24U);
  EXPECT_EQ(bytes.substr(0, 4), "\x4d\x3c\xb2\xa1");
  EXPECT_EQ(bytes.substr(20, 4), std::string("\x65\0\0\0", 4));
  std::size_t packets = 0, total = 24;
  for (const auto& packet : run.packets) {
    ++packets;
    total += 16 + packet.bytes.size();
  }
  EXPECT_EQ(packets, 56U);
  EXPECT_EQ(bytes.size(), total);
}

TEST(Blame, a_run_whose_expectations_hold_leaves_nothing) {
  const auto run = run_scenario(request("s01_no_mpls", "tnt", 0xb1a3e));
  std::filesystem::remove(capture_path(run));
  testing::internal::CaptureStderr();
  {
    const Blame blame{run, +[] { return false; }};
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(std::filesystem::exists(capture_path(run)));
}

}  // namespace
}  // namespace utnt::sim
