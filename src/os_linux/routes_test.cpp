// SPDX-License-Identifier: BSD-2-Clause
// The copy of the routing tables against the kernel itself: wherever the copy answers, the kernel must agree.
#include "os_linux/routes.hpp"

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstdlib>
#include <random>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/netlink.hpp"
#include "support/sealed_child.hpp"
#include "support/two_namespaces.hpp"

namespace utnt::os_linux {
namespace {

using test_support::run_in_sealed_child;
using test_support::TwoNamespaces;

wire::Prefix prefix(const char* text) { return *wire::parse_prefix(text); }
wire::IpAddress address(const char* text) { return *wire::parse_address(text); }

/// The gateway and interface that `ip route get` would print.
NextHop kernel_answer(wire::Ipv4Address destination) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = 32;
  NetlinkRequest request{RTM_GETROUTE, 0, bytes_of(header)};
  request.put(RTA_DST, std::as_bytes(wire::IpAddress{destination}.octets()));
  NextHop hop{.interface_index = 0, .neighbour = destination};
  NetlinkSocket socket;
  socket.request(request, [&](std::uint16_t, ConstBytes payload) {
    for_each_attribute(payload.subspan(sizeof(rtmsg)), [&](std::uint16_t type, ConstBytes value) {
      if (type == RTA_OIF) hop.interface_index = read_native<std::uint32_t>(value);
      if (type == RTA_GATEWAY) hop.neighbour = wire::Ipv4Address{load_be32(value, 0)};
    });
  });
  return hop;
}

TEST(Routes, the_copy_agrees_with_the_kernel_on_overlapping_prefixes) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    add_veth_pair("second", "second-peer", net.near.get());
    set_alias("second", "utnt-sealed");
    set_alias("second-peer", "utnt-sealed");
    set_up("second-peer", true);
    set_up("second", true);
    add_address("second", prefix("30.0.0.1/32"));
    add_route("near", prefix("0.0.0.0/0"), address("20.0.1.2"));
    add_route("second", prefix("40.0.0.0/8"), address("30.0.0.2"));
    add_route("near", prefix("40.1.0.0/16"), address("20.0.1.3"));
    add_route("second", prefix("40.1.2.0/24"), address("30.0.0.4"));
    add_route("near", prefix("40.1.2.3/32"), address("20.0.1.5"));
    const auto table = RouteTable::load(0);
    const auto near = find_interface("near").index;
    const auto second = find_interface("second").index;
    const auto expect = [&](const char* destination, unsigned interface, const char* neighbour) {
      const auto hop = table.find(address(destination).v4());
      ASSERT_TRUE(hop.has_value()) << destination;
      EXPECT_EQ(hop->interface_index, interface) << destination;
      EXPECT_EQ(hop->neighbour, address(neighbour).v4()) << destination;
    };
    expect("8.8.8.8", near, "20.0.1.2");
    expect("40.9.9.9", second, "30.0.0.2");
    expect("40.1.9.9", near, "20.0.1.3");
    expect("40.1.2.9", second, "30.0.0.4");
    expect("40.1.2.3", near, "20.0.1.5");
    expect("20.0.1.77", near, "20.0.1.77");
    std::mt19937 random{7};
    for (int i = 0; i < 2000; ++i) {
      // Mostly inside the interesting prefixes.
      const auto any = static_cast<std::uint32_t>(random());
      const wire::Ipv4Address destination{(i % 4 == 0) ? any : 0x28010200U ^ (any & (0xffffffffU >> (8 + i % 24)))};
      const auto hop = table.find(destination);
      if (!hop) continue;
      const auto kernel = kernel_answer(destination);
      ASSERT_EQ(hop->interface_index, kernel.interface_index) << std::hex << destination.value();
      ASSERT_EQ(hop->neighbour, kernel.neighbour) << std::hex << destination.value();
    }
  });
}

TEST(Routes, many_routes_are_searched_by_length_with_the_same_answers) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    add_route("near", prefix("0.0.0.0/0"), address("20.0.1.2"));
    constexpr std::uint32_t networks = 60;
    for (std::uint32_t i = 0; i < networks; ++i) {
      const wire::Ipv4Address gateway{0x14000103U + i};
      add_route("near", {wire::Ipv4Address{0x28000000U + (i << 16)}, 16}, gateway);
    }
    add_route("near", prefix("40.7.7.0/24"), address("20.0.1.99"));
    const auto table = RouteTable::load(0);
    for (std::uint32_t i = 0; i <= networks; ++i) {
      for (const std::uint32_t host : {0x0001U, 0x0707U, 0xfffeU}) {
        const wire::Ipv4Address destination{0x28000000U + (i << 16) + host};
        const auto hop = table.find(destination);
        ASSERT_TRUE(hop.has_value()) << std::hex << destination.value();
        EXPECT_EQ(hop->neighbour, kernel_answer(destination).neighbour) << std::hex << destination.value();
      }
    }
    EXPECT_EQ(table.find(address("40.7.7.7").v4())->neighbour, address("20.0.1.99").v4());
    EXPECT_EQ(table.find(address("8.8.8.8").v4())->neighbour, address("20.0.1.2").v4());
  });
}

TEST(Routes, own_special_and_unreachable_addresses_are_left_to_the_kernel) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto table = RouteTable::load(0);
    EXPECT_FALSE(table.find(address("20.0.1.1").v4()).has_value());
    EXPECT_FALSE(table.find(address("127.0.0.1").v4()).has_value());
    EXPECT_FALSE(table.find(address("20.0.1.255").v4()).has_value());
    EXPECT_FALSE(table.find(address("50.0.0.1").v4()).has_value());
    EXPECT_FALSE(table.find(address("224.0.0.1").v4()).has_value());
    EXPECT_FALSE(table.find(address("0.0.0.1").v4()).has_value());
    EXPECT_TRUE(table.find(address("20.0.1.2").v4()).has_value());
  });
}

TEST(Routes, a_policy_rule_leaves_everything_to_the_kernel) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    fib_rule_hdr rule{};
    rule.family = AF_INET;
    rule.action = FR_ACT_TO_TBL;
    rule.table = 100;
    rule.src_len = 32;
    NetlinkRequest request{RTM_NEWRULE, NLM_F_CREATE, bytes_of(rule)};
    request.put(FRA_SRC, std::as_bytes(address("20.0.1.1").octets()));
    NetlinkSocket socket;
    const int error = socket.request(request);
    if (error == EOPNOTSUPP) return;  // a kernel without policy routing
    ASSERT_EQ(error, 0);
    EXPECT_FALSE(RouteTable::load(0).find(address("20.0.1.2").v4()).has_value());
  });
}

TEST(Routes, an_interface_option_hides_the_routes_of_the_others) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    add_route("near", prefix("0.0.0.0/0"), address("20.0.1.2"));
    EXPECT_TRUE(RouteTable::load(find_interface("near").index).find(address("9.9.9.9").v4()).has_value());
    EXPECT_FALSE(RouteTable::load(find_interface("lo").index).find(address("9.9.9.9").v4()).has_value());
  });
}

TEST(Routes, the_source_address_is_the_one_the_kernel_would_use) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto route = ask_route({.destination = address("20.0.1.2")});
    EXPECT_EQ(route.source, address("20.0.1.1"));
    EXPECT_EQ(route.interface_index, find_interface("near").index);
  });
}

TEST(Routes, no_route_is_an_environment_failure_and_a_foreign_source_bad_input) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto code_of = [](const RouteQuestion& question) {
      try {
        ask_route(question);
      } catch (const Failure& failure) {
        return failure.code();
      }
      return ExitCode::done;
    };
    EXPECT_EQ(code_of({.destination = address("9.9.9.9")}), ExitCode::environment);
    EXPECT_EQ(code_of({.destination = address("20.0.1.2"), .source = address("20.0.1.9")}), ExitCode::bad_input);
    EXPECT_EQ(code_of({.destination = address("20.0.1.2"), .source = address("20.0.1.1")}), ExitCode::done);
  });
}

}  // namespace
}  // namespace utnt::os_linux
