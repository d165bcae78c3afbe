// SPDX-License-Identifier: BSD-2-Clause
// What each of several images gets, and what their endings add up to.
#include "apps/utnt/run_share.hpp"

#include <gtest/gtest.h>

#include "os_linux/failure.hpp"

namespace utnt::apps {
namespace {

using os_linux::ExitCode;

RunNetwork network_at(const std::string& address) {
  RunNetwork network;
  network.address = address;
  network.nic.kind = tender::NicKind::tap;
  network.nic.tap = "tap%d";
  network.nic.mac = {2, 0, 0, 0, 0, 0xff};
  return network;
}

TEST(RunShare, gives_each_image_its_own_address_mac_and_tap) {
  RunOptions options;
  options.net = "tap:tap%d";
  options.count = 3;
  const auto third = network_of_instance(options, network_at("192.0.2.250/24"), 2);
  EXPECT_EQ(third.address, "192.0.2.252/24");
  EXPECT_EQ(third.nic.tap, "tap2");
  EXPECT_EQ(third.nic.mac, (std::array<std::uint8_t, 6>{2, 0, 0, 0, 1, 1}));
  const auto first = network_of_instance(options, network_at("192.0.2.250/24"), 0);
  EXPECT_EQ(first.address, "192.0.2.250/24");
  EXPECT_EQ(first.nic.tap, "tap0");
}

TEST(RunShare, refuses_when_the_prefix_has_no_address_left) {
  RunOptions options;
  options.net = "tap:tap%d";
  options.count = 3;
  EXPECT_EQ(network_of_instance(options, network_at("192.0.2.253/24"), 1).address, "192.0.2.254/24");
  EXPECT_THROW(network_of_instance(options, network_at("192.0.2.253/24"), 2), os_linux::Failure);
  EXPECT_EQ(network_of_instance(options, network_at("192.0.2.0/31"), 1).address, "192.0.2.1/31");
}

TEST(RunShare, leaves_a_lab_and_a_single_image_as_they_are) {
  RunOptions options;
  options.count = 3;
  options.net = "lab";
  EXPECT_EQ(network_of_instance(options, network_at("192.0.2.1/30"), 2).address, "192.0.2.1/30");
  options.net = "tap:tap0";
  options.count = 1;
  EXPECT_EQ(network_of_instance(options, network_at("192.0.2.1/30"), 0).address, "192.0.2.1/30");
}

TEST(RunShare, divides_the_rate_and_keeps_unlimited_unlimited) {
  core::EngineConfig config;
  config.rate_pps_max = 100;
  config.prefix_pps_max = 2;
  config.near_pps_max = 0;
  divide_rate(config, 4);
  EXPECT_EQ(config.rate_pps_max, 25U);
  EXPECT_EQ(config.prefix_pps_max, 1U);
  EXPECT_EQ(config.near_pps_max, 0U);
}

FinishedInstance ended_with(int code) {
  FinishedInstance finished;
  finished.outcome.exit_code = code;
  return finished;
}

TEST(RunShare, tells_how_many_images_failed) {
  EXPECT_FALSE(failure_of(std::vector<FinishedInstance>(3)));
  std::vector<FinishedInstance> single(1, ended_with(125));
  EXPECT_EQ(failure_of(single)->code(), ExitCode::guest_fault);
  std::vector<FinishedInstance> some(3);
  some[1] = ended_with(124);
  some[1].outcome.explanation = "killed";
  EXPECT_EQ(failure_of(some)->code(), ExitCode::done_with_failures);
  EXPECT_STREQ(failure_of(some)->what(), "1 of 3 images failed, image 2: killed");
  std::vector<FinishedInstance> all(2, ended_with(4));
  EXPECT_EQ(failure_of(all)->code(), ExitCode::environment);
  std::vector<FinishedInstance> cut(1);
  cut[0].stream_complaint = "3 frames are missing";
  EXPECT_EQ(failure_of(cut)->code(), ExitCode::done_with_failures);
}

}  // namespace
}  // namespace utnt::apps
