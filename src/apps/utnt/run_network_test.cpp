// SPDX-License-Identifier: BSD-2-Clause
// Which interface the options name, what is made for it, and which combinations make no sense.
#include "apps/utnt/run_network.hpp"

#include <gtest/gtest.h>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_input.hpp"

namespace utnt::apps {
namespace {

RunOptions new_tap() {
  RunOptions options;
  options.trace.destinations = {"192.0.2.1"};
  options.net = "new-tap";
  options.address = "10.9.0.2/30";
  return options;
}

/// The message of the refusal; empty when there is none.
template <class Change>
std::string refusal(Change change) {
  auto options = new_tap();
  change(options);
  try {
    check_run_options(options);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::bad_input);
    return failure.what();
  }
  return {};
}

#define EXPECT_REFUSED(text, ...)                                                      \
  EXPECT_NE(refusal([](RunOptions& o) { __VA_ARGS__; }).find(text), std::string::npos) \
      << refusal([](RunOptions& o) { __VA_ARGS__; })

TEST(RunNetwork, of_a_new_tap_has_this_host_as_gateway) {
  ASSERT_NO_THROW(check_run_options(new_tap()));
  const auto network = run_network(new_tap());
  ASSERT_TRUE(network.to_make.has_value());
  EXPECT_EQ(network.to_make->tap, "");
  EXPECT_EQ(network.to_make->join, tender::Join::host);
  EXPECT_EQ(network.gateway, "10.9.0.1");
  EXPECT_EQ(network.to_make->host_address, (wire::Prefix{wire::Ipv4Address{10, 9, 0, 1}, 30}));
  EXPECT_EQ(network.source(), (wire::IpAddress{wire::Ipv4Address{10, 9, 0, 2}}));
}

TEST(RunNetwork, gives_this_host_the_first_address_that_is_left) {
  auto options = new_tap();
  options.address = "10.9.0.1/24";
  EXPECT_EQ(run_network(options).gateway, "10.9.0.2");
  options.address = "10.9.0.9/31";
  EXPECT_EQ(run_network(options).gateway, "10.9.0.8");
  options.gateway = "10.9.0.8";
  EXPECT_EQ(run_network(options).gateway, "10.9.0.8");
}

TEST(RunNetwork, is_translated_or_bridged_on_request) {
  auto options = new_tap();
  options.net = "new-tap:image7";
  options.nat = "eth0";
  ASSERT_NO_THROW(check_run_options(options));
  auto made = run_network(options).to_make;
  EXPECT_EQ(made->tap, "image7");
  EXPECT_EQ(made->join, tender::Join::nat);
  EXPECT_EQ(made->uplink, "eth0");
  EXPECT_TRUE(made->host_address.has_value());
  options.nat.clear();
  options.bridge = "br0";
  options.address = "dhcp";
  ASSERT_NO_THROW(check_run_options(options));
  made = run_network(options).to_make;
  EXPECT_EQ(made->join, tender::Join::bridge);
  EXPECT_EQ(made->uplink, "br0");
  EXPECT_FALSE(made->host_address.has_value());
}

TEST(RunNetwork, has_a_hardware_address_of_its_own) {
  auto options = new_tap();
  options.net = "tap:tap0";
  options.gateway = "10.9.0.1";
  const auto first = run_network(options).nic.mac, second = run_network(options).nic.mac;
  EXPECT_NE(first, second);
  EXPECT_EQ(first[0] & 3, 2) << "locally administered, no group";
  options.mac = "02:00:5e:10:00:02";
  EXPECT_EQ(run_network(options).nic.mac, (std::array<std::uint8_t, 6>{0x02, 0x00, 0x5e, 0x10, 0x00, 0x02}));
}

TEST(RunNetwork, by_dhcp_asks_in_the_image) {
  auto options = new_tap();
  options.net = "tap:tap0";
  options.address = "dhcp";
  ASSERT_NO_THROW(check_run_options(options));
  const auto network = run_network(options);
  EXPECT_EQ(network.address, "");
  EXPECT_EQ(network.source(), (wire::IpAddress{wire::Ipv4Address{}}));
  const auto line = image_command_line(core::EngineConfig{}, {.address = network.address});
  EXPECT_NE(line.find(" net0.dhcp"), std::string::npos) << line;
  EXPECT_EQ(line.find("net0.ip4"), std::string::npos) << line;
}

TEST(RunNetwork, refuses_what_does_not_fit_together) {
  EXPECT_REFUSED("exclude each other", o.nat = "eth0", o.bridge = "br0");
  EXPECT_REFUSED("--net new-tap, not tap:t", o.net = "tap:t", o.nat = "eth0");
  EXPECT_REFUSED("--net new-tap, not lab", o.net = "lab", o.address = "", o.bridge = "br0");
  EXPECT_REFUSED("nobody serves addresses", o.address = "dhcp");
  EXPECT_REFUSED("no room for this host's end", o.address = "10.9.0.2/32");
  EXPECT_REFUSED("--gateway 10.9.1.1: not another address", o.gateway = "10.9.1.1");
  EXPECT_REFUSED("--gateway 10.9.0.2: not another address", o.gateway = "10.9.0.2");
  EXPECT_REFUSED("--gateway-mac: the gateway is", o.gateway_mac = "02:00:5e:10:00:01");
  EXPECT_REFUSED("--gateway or --gateway-mac must be given", o.bridge = "br0");
  EXPECT_REFUSED("needs dhcp, or an address", o.address = "");
  EXPECT_REFUSED("--nat: the name of an interface", o.nat = "an-interface-with-a-long-name");
  EXPECT_REFUSED("--net new-tap: the name of an interface", o.net = "new-tap:an-interface-with-a-long-name");
  EXPECT_REFUSED("--net ring:", o.net = "ring:");
  EXPECT_REFUSED("--net tap", o.net = "tap");
  EXPECT_REFUSED("only a sandboxed process has packet rings", o.net = "ring:eth0", o.tender = "qemu");
  EXPECT_REFUSED("leave --count out", o.net = "ring:eth0", o.gateway = "10.9.0.1", o.count = 2);
  EXPECT_REFUSED("needs --bridge", o.count = 2);
  EXPECT_REFUSED("stands for 0, 1", o.net = "new-tap:t", o.bridge = "br0", o.gateway = "10.9.0.1", o.count = 2);
  EXPECT_REFUSED("--mac 02:", o.mac = "02:");
  EXPECT_REFUSED("--mac: with a packet ring", o.net = "ring:eth0", o.mac = "02:00:5e:10:00:02");
}

TEST(Limits, are_sizes_and_numbers_of_processors) {
  EXPECT_EQ(refusal([](RunOptions& o) { o.memory_limit = "64M", o.cpu_limit = 0.5; }), "");
  EXPECT_REFUSED("--memory-limit much", o.memory_limit = "much");
  EXPECT_REFUSED("--memory-limit 1K", o.memory_limit = "1K");
  EXPECT_REFUSED("--memory-limit 8M", o.memory = "16M", o.memory_limit = "8M");
  auto options = new_tap();
  EXPECT_FALSE(resource_limits(options).any());
  options.memory_limit = "64M";
  options.cpu_limit = 0.5;
  EXPECT_EQ(resource_limits(options).memory_bytes, std::uint64_t{64} << 20);
  EXPECT_EQ(resource_limits(options).processors, 0.5);
}

}  // namespace
}  // namespace utnt::apps
