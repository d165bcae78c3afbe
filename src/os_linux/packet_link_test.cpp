// SPDX-License-Identifier: BSD-2-Clause
// The packet link against the kernel of a second sealed namespace: every path a packet can take, and every way to fail.
#include "os_linux/packet_link.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "os_linux/interfaces.hpp"
#include "os_linux/netlink.hpp"
#include "os_linux/privileges.hpp"
#include "os_linux/receive_ring.hpp"
#include "os_linux/seal.hpp"
#include "support/sealed_child.hpp"
#include "support/two_namespaces.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::os_linux {
namespace {

using test_support::run_in_sealed_child;
using test_support::TwoNamespaces;

std::vector<std::byte> echo_request(const wire::IpAddress& source, const wire::IpAddress& destination,
                                    std::uint16_t sequence) {
  std::vector<std::byte> bytes(64);
  wire::write_ipv4_header(bytes, {.total_length = 64,
                                  .id = sequence,
                                  .protocol = wire::protocol::icmp,
                                  .source = source.v4(),
                                  .destination = destination.v4()});
  wire::write_echo(MutableBytes{bytes}.subspan(20), {.identifier = 77, .sequence = sequence});
  return bytes;
}

struct Answer {
  std::uint16_t sequence;
  Instant arrival;
};

/// The kernel repeats a lost ARP request after a second: the first answer of a new interface may take longer.
constexpr Duration first_patience = 3_s;

/// Waits for one echo reply.
std::optional<Answer> next_answer(PacketLink& link, Duration patience = first_patience) {
  std::vector<std::byte> buffer(wire::packet_bytes_max);
  const auto received = link.wait(buffer, link.now() + patience);
  if (!received) return std::nullopt;
  const auto ip = wire::Ipv4View::parse(received->packet);
  if (!ip) return std::nullopt;
  const auto icmp = wire::Icmpv4View::parse(ip->payload());
  if (!icmp || icmp->type() != wire::icmp4::echo_reply) return std::nullopt;
  return Answer{icmp->sequence(), received->arrival};
}

TEST(PacketLink, is_refused_outside_a_sealed_namespace_before_any_socket_is_opened) {
  if (!sealed_only || check_seal().is_sealed) GTEST_SKIP() << "this build or this place may probe";
  const UniqueFd before{::dup(0)};
  EXPECT_THROW(PacketLink::open({}, *wire::parse_address("20.0.8.2")), SealRefusal);
  const UniqueFd after{::dup(0)};
  EXPECT_EQ(after.get(), before.get() + 1) << "a descriptor stayed open";
}

TEST(PacketLink, brings_every_reply_back_stamped_between_sending_and_now) {
  for (const auto path : {SendPath::automatic, SendPath::raw_only}) {
    run_in_sealed_child([path] {
      const TwoNamespaces net;
      LinkOptions options;
      options.send_path = path;
      const auto link = PacketLink::open(options, net.far_address());
      ASSERT_EQ(link->source(), net.near_address());
      for (std::uint16_t i = 0; i < 50; ++i) {
        const auto sent_at = link->now();
        link->send(echo_request(link->source(), net.far_address(), i));
        const auto answer = next_answer(*link);
        ASSERT_TRUE(answer.has_value()) << i;
        EXPECT_EQ(answer->sequence, i);
        EXPECT_GE(answer->arrival, sent_at);
        EXPECT_LE(answer->arrival, link->now());
      }
      const auto counters = link->counters();
      EXPECT_EQ(counters.received, 50U);
      EXPECT_EQ(counters.sent_frames + counters.sent_raw, 50U);
      EXPECT_EQ(counters.send_failed, 0U);
      EXPECT_EQ(counters.ring_dropped, 0U);
      if (path == SendPath::automatic) {
        EXPECT_GE(counters.sent_frames, 45U) << "frames are not used";
      } else {
        EXPECT_EQ(counters.sent_frames, 0U);
      }
    });
  }
}

TEST(PacketLink, a_burst_is_sent_in_order_and_completely) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto link = PacketLink::open({}, net.far_address());
    link->send(echo_request(link->source(), net.far_address(), 0));  // lets the kernel learn the neighbour
    ASSERT_TRUE(next_answer(*link).has_value());
    constexpr std::uint16_t count = 500;
    for (std::uint16_t i = 1; i <= count; ++i) link->send(echo_request(link->source(), net.far_address(), i));
    for (std::uint16_t i = 1; i <= count; ++i) {
      const auto answer = next_answer(*link);
      ASSERT_TRUE(answer.has_value()) << i;
      ASSERT_EQ(answer->sequence, i);
    }
    EXPECT_LE(link->counters().flush_delay_max, 500_ms);
  });
}

TEST(PacketLink, waits_no_longer_than_the_deadline) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto link = PacketLink::open({}, net.far_address());
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    const auto deadline = link->now() + 20_ms;
    EXPECT_FALSE(link->wait(buffer, deadline).has_value());
    EXPECT_GE(link->now(), deadline);
    EXPECT_LE(link->now() - deadline, 500_ms) << "far more than a loaded machine explains";
  });
}

TEST(PacketLink, replies_that_find_the_ring_full_are_counted) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    LinkOptions options;
    options.ring_bytes = 64U << 10;  // room for 32
    const auto link = PacketLink::open(options, net.far_address());
    link->send(echo_request(link->source(), net.far_address(), 0));
    ASSERT_TRUE(next_answer(*link).has_value());
    for (std::uint16_t i = 1; i <= 128; ++i) link->send(echo_request(link->source(), net.far_address(), i));
    std::uint64_t received = 0;
    while (next_answer(*link, 1_s)) ++received;
    EXPECT_GE(link->counters().ring_dropped, 1U);
    EXPECT_EQ(received + link->counters().ring_dropped, 128U) << "a reply is neither given nor counted";
  });
}

TEST(PacketLink, ends_with_an_environment_failure_when_its_interface_goes_down) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto link = PacketLink::open({}, net.far_address());
    link->send(echo_request(link->source(), net.far_address(), 0));
    ASSERT_TRUE(next_answer(*link).has_value());
    EXPECT_FALSE(link->stopped());
    set_up("near", false);
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    link->send(echo_request(link->source(), net.far_address(), 1));
    EXPECT_FALSE(link->wait(buffer, link->now() + 1_s).has_value());
    ASSERT_TRUE(link->stopped());
    ASSERT_TRUE(link->failure().has_value());
    EXPECT_EQ(link->failure()->code(), ExitCode::environment);
    EXPECT_NE(std::string{link->failure()->what()}.find("near"), std::string::npos) << link->failure()->what();
  });
}

TEST(PacketLink, a_destination_without_a_route_is_counted_and_the_others_go_on) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto link = PacketLink::open({}, net.far_address());
    link->send(echo_request(link->source(), *wire::parse_address("9.9.9.9"), 1));
    link->send(echo_request(link->source(), net.far_address(), 2));
    const auto answer = next_answer(*link);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->sequence, 2U);
    EXPECT_EQ(link->counters().send_failed, 1U);
  });
}

TEST(PacketLink, stops_within_100_ms_of_an_interrupt) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const StopSignals signals;
    LinkOptions options;
    options.stop_signals = &signals;
    const auto link = PacketLink::open(options, net.far_address());
    Instant raised_at;
    std::thread interrupter{[&raised_at] {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      raised_at = Instant{std::chrono::steady_clock::now().time_since_epoch().count()};
      ::kill(::getpid(), SIGINT);
    }};
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    EXPECT_FALSE(link->wait(buffer, link->now() + 5_s).has_value());
    const auto woke_at = link->now();
    interrupter.join();
    EXPECT_TRUE(link->stopped());
    EXPECT_EQ(signals.number(), SIGINT);
    EXPECT_LE(woke_at - raised_at, 100_ms);
  });
}

TEST(PacketLink, without_the_capability_the_message_names_the_cure) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    drop_privileges();
    try {
      PacketLink::open({}, net.far_address());
      FAIL() << "it opened";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::not_permitted);
      EXPECT_NE(std::string{failure.what()}.find("setcap"), std::string::npos);
    }
  });
}

TEST(PacketLink, goes_on_working_after_all_privileges_are_dropped) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    const auto link = PacketLink::open({}, net.far_address());
    drop_privileges();
    EXPECT_FALSE(may_open_raw_sockets());
    for (std::uint16_t i = 0; i < 5; ++i) {
      link->send(echo_request(link->source(), net.far_address(), i));
      ASSERT_TRUE(next_answer(*link).has_value()) << i;
    }
  });
}

TEST(PacketLink, opens_with_no_other_capability_than_net_raw) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    sets[0].effective = sets[0].permitted = 1U << CAP_NET_RAW;
    ASSERT_EQ(::syscall(SYS_capset, &header, sets.data()), 0);
    LinkOptions options;
    options.interface = "near";
    const auto link = PacketLink::open(options, net.far_address());
    for (std::uint16_t i = 0; i < 3; ++i) {
      link->send(echo_request(link->source(), net.far_address(), i));
      ASSERT_TRUE(next_answer(*link).has_value()) << i;
    }
  });
}

TEST(PacketLink, a_gateway_and_a_route_that_comes_later_are_used) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    enter_namespace(net.far.get());
    const auto behind = *wire::parse_address("30.0.0.1");
    add_address("lo", {behind, 32});
    enter_namespace(net.near.get());
    const auto link = PacketLink::open({}, net.far_address());
    link->send(echo_request(link->source(), behind, 1));
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    EXPECT_FALSE(link->wait(buffer, link->now() + 50_ms).has_value());
    EXPECT_EQ(link->counters().send_failed, 1U);
    add_route("near", *wire::parse_prefix("30.0.0.0/8"), net.far_address());
    for (std::uint16_t i = 2; i < 8; ++i) {
      link->send(echo_request(link->source(), behind, i));
      const auto answer = next_answer(*link);
      ASSERT_TRUE(answer.has_value()) << i;
      EXPECT_EQ(answer->sequence, i);
    }
    EXPECT_GE(link->counters().sent_frames, 3U) << "the new route is not used for frames";
  });
}

TEST(PacketLink, under_a_policy_rule_the_kernel_routes_every_packet) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    fib_rule_hdr rule{};
    rule.family = AF_INET;
    rule.action = FR_ACT_TO_TBL;
    rule.table = 100;
    NetlinkRequest request{RTM_NEWRULE, NLM_F_CREATE, bytes_of(rule)};
    NetlinkSocket socket;
    ASSERT_EQ(socket.request(request), 0);
    const auto link = PacketLink::open({}, net.far_address());
    for (std::uint16_t i = 0; i < 5; ++i) {
      link->send(echo_request(link->source(), net.far_address(), i));
      ASSERT_TRUE(next_answer(*link).has_value()) << i;
    }
    EXPECT_EQ(link->counters().sent_frames, 0U);
    EXPECT_EQ(link->counters().sent_raw, 5U);
  });
}

TEST(PacketLink, a_missing_interface_is_reported_with_those_that_exist) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    LinkOptions options;
    options.interface = "eth9";
    try {
      PacketLink::open(options, net.far_address());
      FAIL() << "it opened";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::environment);
      EXPECT_NE(std::string{failure.what()}.find("near"), std::string::npos) << failure.what();
    }
  });
}

TEST(PacketLink, an_interface_option_is_obeyed) {
  run_in_sealed_child([] {
    const TwoNamespaces net;
    LinkOptions options;
    options.interface = "near";
    options.source = net.near_address();
    const auto link = PacketLink::open(options, net.far_address());
    for (std::uint16_t i = 0; i < 3; ++i) {
      link->send(echo_request(link->source(), net.far_address(), i));
      ASSERT_TRUE(next_answer(*link).has_value()) << i;
    }
    EXPECT_GE(link->counters().sent_frames, 1U);
  });
}

TEST(PacketLink, the_ring_grows_with_the_rate_within_bounds) {
  EXPECT_EQ(ring_bytes_for(100), 2U << 20);
  EXPECT_EQ(ring_bytes_for(100'000), 100'000U / 4 * 2048);
  EXPECT_EQ(ring_bytes_for(10'000'000), 64U << 20);
  EXPECT_EQ(ring_bytes_for(0), 64U << 20);
}

TEST(PacketLink, a_wall_clock_that_jumps_cannot_move_a_stamp_out_of_its_interval) {
  const Instant earliest{1'000};
  const Instant latest{5'000};
  const std::int64_t offset = 1'700'000'000'000'000'000;
  EXPECT_EQ(stamp_to_monotonic(offset + 3'000, offset, earliest, latest), Instant{3'000});
  EXPECT_EQ(stamp_to_monotonic(offset + 3'600'000'000'000, offset, earliest, latest), latest);
  EXPECT_EQ(stamp_to_monotonic(offset - 3'600'000'000'000, offset, earliest, latest), earliest);
}

}  // namespace
}  // namespace utnt::os_linux
