// SPDX-License-Identifier: BSD-2-Clause
// What a batch does when the kernel takes only some of it: nothing is sent twice, nothing is forgotten, waiting ends.
#include "os_linux/send_batch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "os_linux/clock.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/unique_fd.hpp"
#include "support/sealed_child.hpp"
#include "support/two_namespaces.hpp"
#include "wire/ethernet.hpp"

namespace utnt::os_linux {
namespace {

using test_support::run_in_sealed_child;

constexpr std::uint32_t queue_length = 16;

/// A TAP that nobody reads, so that its queue fills.
UniqueFd open_full_tap() {
  UniqueFd device{::open("/dev/net/tun", O_RDWR | O_NONBLOCK)};
  if (!device.is_open()) throw system_failure("/dev/net/tun", errno);
  ifreq request{};
  std::strncpy(request.ifr_name, "full0", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(device.get(), TUNSETIFF, &request) != 0) throw system_failure("TUNSETIFF", errno);
  set_queue_length("full0", queue_length);
  set_up("full0", true);
  return device;
}

UniqueFd open_frame_socket() {
  UniqueFd socket{::socket(AF_PACKET, SOCK_RAW, 0)};
  const int on = 1;
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  return socket;
}

/// A frame of no known protocol with a number in it.
std::array<std::byte, 60> numbered_frame(std::uint8_t number) {
  std::array<std::byte, 60> frame{};
  wire::write_ethernet_header(frame, {.destination = wire::mac_broadcast, .source = {}, .ethertype = 0x88b5});
  store_u8(frame, 20, number);
  return frame;
}

TEST(SendBatch, a_queue_that_stays_full_costs_bounded_time_and_every_packet_is_accounted_for) {
  run_in_sealed_child([] {
    const auto tap = open_full_tap();
    const auto socket = open_frame_socket();
    const auto index = find_interface("full0").index;
    SendBatch batch{64};
    for (std::uint8_t i = 0; i < 64; ++i) batch.add_frame({}, numbered_frame(i), index, monotonic_now());
    ASSERT_TRUE(batch.is_full());
    const auto before = monotonic_now();
    const auto outcome = batch.flush(socket.get());
    EXPECT_LE(monotonic_now() - before, 1_s);
    EXPECT_TRUE(batch.is_empty());
    EXPECT_EQ(outcome.sent + outcome.failed, 64U);
    EXPECT_GE(outcome.sent, 1U);
    EXPECT_GE(outcome.failed, 1U);
    EXPECT_GE(outcome.retried, 1U);
    EXPECT_FALSE(outcome.interface_lost);
    // What counts as sent is there, once and in order.
    std::array<std::byte, 2048> buffer{};
    std::uint32_t read = 0;
    while (::read(tap.get(), buffer.data(), buffer.size()) == 60) {
      if (load_be16(buffer, 12) != 0x88b5) continue;  // the kernel's own multicasts
      EXPECT_EQ(load_u8(buffer, 20), read);
      ++read;
    }
    EXPECT_EQ(read, outcome.sent);
  });
}

TEST(SendBatch, an_interface_that_is_down_is_told_apart_from_a_refused_packet) {
  run_in_sealed_child([] {
    const test_support::TwoNamespaces net;
    const auto socket = open_frame_socket();
    const auto index = find_interface("near").index;
    SendBatch batch{4};
    batch.add_frame({}, numbered_frame(0), index, monotonic_now());
    EXPECT_EQ(batch.flush(socket.get()).sent, 1U);
    set_up("near", false);
    batch.add_frame({}, numbered_frame(1), index, monotonic_now());
    const auto down = batch.flush(socket.get());
    EXPECT_TRUE(down.interface_lost);
    EXPECT_EQ(down.failed, 1U);

    const UniqueFd raw{::socket(AF_INET, SOCK_RAW, IPPROTO_RAW)};
    std::array<std::byte, 20> packet{};
    store_u8(packet, 0, 0x45);
    batch.add_packet(packet, wire::Ipv4Address{9, 9, 9, 9}, monotonic_now());
    const auto unreachable = batch.flush(raw.get());
    EXPECT_FALSE(unreachable.interface_lost);
    EXPECT_EQ(unreachable.failed, 1U);
  });
}

}  // namespace
}  // namespace utnt::os_linux
