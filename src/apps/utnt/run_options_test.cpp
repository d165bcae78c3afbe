// SPDX-License-Identifier: BSD-2-Clause
// What `utnt run` accepts beyond `utnt trace`, and what it writes for the image.
#include "apps/utnt/run_options.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/run_network.hpp"

namespace utnt::apps {
namespace {

RunOptions good() {
  RunOptions options;
  options.trace.destinations = {"192.0.2.1"};
  options.net = "tap:tap0";
  options.address = "198.51.100.7/24";
  options.gateway = "198.51.100.1";
  return options;
}

/// The message of the refusal; empty when there is none.
std::string refusal(const RunOptions& options) {
  try {
    check_run_options(options);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::bad_input);
    return failure.what();
  }
  return {};
}

TEST(RunOptions, that_name_an_interface_an_address_and_a_gateway_are_enough) {
  EXPECT_EQ(refusal(good()), "");
  const auto network = run_network(good());
  EXPECT_EQ(network.nic.kind, tender::NicKind::tap);
  EXPECT_EQ(network.nic.tap, "tap0");
  EXPECT_EQ(network.source(), (wire::IpAddress{wire::Ipv4Address{198, 51, 100, 7}}));
}

TEST(RunOptions, that_cannot_be_right_are_named) {
  const auto with = [](auto change) {
    auto options = good();
    change(options);
    return refusal(options);
  };
  EXPECT_NE(with([](auto& o) { o.memory = "1M"; }).find("2M"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.memory = "lots"; }).find("--memory lots"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.net = "eth0"; }).find("--net eth0"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.address = "198.51.100.7"; }).find("--ip 198.51.100.7"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.address = "198.51.100.7/33"; }).find("--ip"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.gateway = "gate"; }).find("--gateway gate"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.gateway.clear(); }).find("--gateway"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.gateway_mac = "02:00"; }).find("--gateway-mac 02:00"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.net = "lab"; }).find("known of a lab"), std::string::npos);
  EXPECT_NE(with([](auto& o) { o.trace.destinations.clear(); }).find("no destination"), std::string::npos);
}

TEST(Memory, is_a_number_of_bytes_or_of_their_powers) {
  EXPECT_EQ(parse_memory("4194304"), 4'194'304U);
  EXPECT_EQ(parse_memory("4096K"), 4'194'304U);
  EXPECT_EQ(parse_memory("4M"), 4'194'304U);
  EXPECT_EQ(parse_memory("1G"), 1'073'741'824U);
  for (const auto* text : {"", "M", "4X", "-1", "1.5M", "99999999999G", "18446744073709551616"}) {
    EXPECT_FALSE(parse_memory(text).has_value()) << text;
  }
}

TEST(ImageInput, escapes_what_a_word_cannot_hold) {
  const auto line = image_command_line(core::EngineConfig{}, {.list_name = "a list, 5 %\n", .address = "192.0.2.1/24"});
  EXPECT_NE(line.find(" list-name=a%20list,%205%20%25%0a "), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(ImageInput, is_the_block_list_and_then_each_destination_with_its_number) {
  BlockList block_list;
  std::istringstream prefixes{"198.51.100.0/24\n192.0.2.128/25\n2001:db8::/32\n"};
  block_list.read(prefixes, "test");
  TargetList targets{{.allow_reserved = true, .block_list = &block_list}};
  for (const auto* text : {"192.0.2.1", "192.0.2.200", "192.0.2.3"}) targets.add(text, "test");
  const auto is_blocked = [&](const wire::IpAddress& address) { return block_list.contains(address); };
  TargetSource source{targets, TargetOrder::input, 1, {.is_done = {}, .is_blocked = is_blocked}};
  const auto module = image_module(source, block_list);
  EXPECT_EQ(module.text, "!192.0.2.128-192.0.2.255\n!198.51.100.0-198.51.100.255\n192.0.2.1 1\n192.0.2.3 3\n");
  EXPECT_EQ(module.targets, 2U);
}

}  // namespace
}  // namespace utnt::apps
