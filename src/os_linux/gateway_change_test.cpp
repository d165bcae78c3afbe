// SPDX-License-Identifier: BSD-2-Clause
// A gateway that gets another MAC address while probes leave (a failover, an exchanged card). Frames are addressed by
// us, so the question is when we notice: at once when the new address is announced by ARP, otherwise when the kernel's
// own checks of the neighbour fail, which the regular packet by the raw socket keeps going (RFC 826, arp(7)).
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

#include "os_linux/interfaces.hpp"
#include "os_linux/netlink.hpp"
#include "os_linux/packet_link.hpp"
#include "support/sealed_child.hpp"
#include "support/two_namespaces.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::os_linux {
namespace {

using test_support::run_in_sealed_child;
using test_support::TwoNamespaces;

constexpr wire::MacAddress new_mac{{0x02, 0x75, 0x74, 0x6e, 0x74, 0x99}};

/// One host behind the gateway, reached by its MAC address.
struct Behind {
  TwoNamespaces net;
  wire::IpAddress destination{wire::Ipv4Address{30, 0, 0, 1}};
  std::unique_ptr<PacketLink> link;

  Behind() {
    enter_namespace(net.far.get());
    add_address("lo", {destination, 32});
    enter_namespace(net.near.get());
    add_route("near", *wire::parse_prefix("30.0.0.0/8"), net.far_address());
    link = PacketLink::open({}, destination);
  }

  /// Echo requests at 50 a second until an answer comes; false after `patience`.
  bool is_answered_within(Duration patience) {
    const auto end = link->now() + patience;
    std::vector<std::byte> packet(64);
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    for (std::uint16_t sequence = 0; link->now() < end; ++sequence) {
      wire::write_ipv4_header(packet, {.total_length = 64,
                                       .id = sequence,
                                       .protocol = wire::protocol::icmp,
                                       .source = link->source().v4(),
                                       .destination = destination.v4()});
      wire::write_echo(MutableBytes{packet}.subspan(20), {.identifier = 77, .sequence = sequence});
      link->send(packet);
      const auto next = link->now() + 20_ms;
      while (link->now() < next) {
        if (link->wait(buffer, next)) return true;
      }
    }
    return false;
  }

  /// Until frames of ours are what gets answered.
  void warm_up() {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(is_answered_within(5_s));
    ASSERT_GE(link->counters().sent_frames, 10U);
  }

  void change_mac() const {
    enter_namespace(net.far.get());
    set_mac("far", new_mac);
    enter_namespace(net.near.get());
  }

  /// The gateway, which has forgotten its neighbours with its old address, asks for ours: its question carries the new
  /// one.
  void announce() const {
    enter_namespace(net.far.get());
    const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(9);
    to.sin_addr.s_addr = htonl(net.near_address().v4().value());
    EXPECT_EQ(::sendto(socket.get(), "", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 1);
    enter_namespace(net.near.get());
  }
};

/// The kernel's timers of neighbours on "near", shorter than their usual 30, 5 and 1 seconds.
void hurry_neighbours() {
  ndtmsg header{};
  header.ndtm_family = AF_INET;
  NetlinkRequest request{RTM_SETNEIGHTBL, 0, bytes_of(header)};
  request.put_text(NDTA_NAME, "arp_cache");
  const auto parameters = request.begin_nested(NDTA_PARMS);
  request.put_u32(NDTPA_IFINDEX, find_interface("near").index);
  const auto put_ms = [&](std::uint16_t name, std::uint64_t milliseconds) {
    request.put(name, bytes_of(milliseconds));
  };
  put_ms(NDTPA_BASE_REACHABLE_TIME, 1000);
  put_ms(NDTPA_DELAY_PROBE_TIME, 200);
  put_ms(NDTPA_RETRANS_TIME, 100);
  request.end_nested(parameters);
  NetlinkSocket socket;
  ASSERT_EQ(socket.request(request), 0);
}

TEST(GatewayChange, an_announced_mac_address_is_used_at_once) {
  run_in_sealed_child([] {
    Behind far;
    far.warm_up();
    far.change_mac();
    far.announce();
    EXPECT_TRUE(far.is_answered_within(3_s)) << "the kernel's timers alone would take half a minute";
    EXPECT_FALSE(far.link->stopped());
  });
}

TEST(GatewayChange, a_silent_one_is_found_out_by_the_checks_of_the_kernel) {
  run_in_sealed_child([] {
    Behind far;
    hurry_neighbours();
    far.warm_up();
    far.change_mac();
    const auto frames_before = far.link->counters().sent_frames;
    // 1.5 s reachable at most, 1 s until a packet takes the raw socket, 0.2 s of delay, three questions, one to all.
    ASSERT_TRUE(far.is_answered_within(15_s));
    EXPECT_GT(far.link->counters().sent_frames, frames_before) << "nothing was sent to the old address: no test at all";
    far.warm_up();
    EXPECT_FALSE(far.link->stopped());
  });
}

}  // namespace
}  // namespace utnt::os_linux
