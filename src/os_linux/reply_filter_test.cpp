// SPDX-License-Identifier: BSD-2-Clause
// The kernel's filter, tried on a pair of Unix sockets: those run the same machine, and no network is involved.
#include "os_linux/reply_filter.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "os_linux/unique_fd.hpp"
#include "wire/ipv4.hpp"

namespace utnt::os_linux {
namespace {

constexpr wire::Ipv4Address us{20, 0, 1, 1};

struct Header {
  wire::Ipv4Address destination{us};
  std::uint8_t protocol{wire::protocol::icmp};
  std::uint16_t fragment_word{0};
  std::size_t option_bytes{0};
};

/// A packet whose upper layer begins with `upper`; the filter looks at no checksum.
std::vector<std::byte> packet(const Header& header, std::initializer_list<int> upper) {
  const std::size_t begin = wire::ipv4_header_bytes + header.option_bytes;
  std::vector<std::byte> bytes(begin + 32);
  store_u8(bytes, 0, static_cast<std::uint8_t>(0x40U | (begin / 4)));
  store_be16(bytes, 6, header.fragment_word);
  store_u8(bytes, 9, header.protocol);
  store_be32(bytes, 12, 0x08080808);
  store_be32(bytes, 16, header.destination.value());
  std::size_t at = begin;
  for (const int octet : upper) store_u8(bytes, at++, static_cast<std::uint8_t>(octet));
  return bytes;
}

class ReplyFilter : public ::testing::Test {
 protected:
  ReplyFilter() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
    writer_ = UniqueFd{ends[0]};
    reader_ = UniqueFd{ends[1]};
    attach_reply_filter(reader_.get(), us);
  }
  bool passes(const std::vector<std::byte>& bytes) {
    (void)!::send(writer_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    std::array<std::byte, 256> got{};
    return ::recv(reader_.get(), got.data(), got.size(), MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
  }
  UniqueFd writer_;
  UniqueFd reader_;
};

TEST_F(ReplyFilter, of_icmp_only_the_types_that_answer_probes_pass) {
  for (int type = 0; type < 256; ++type) {
    EXPECT_EQ(passes(packet({}, {type})), type == 0 || type == 3 || type == 11) << type;
  }
}

TEST_F(ReplyFilter, packets_for_others_do_not_pass) {
  Header other;
  other.destination = wire::Ipv4Address{20, 0, 1, 2};
  EXPECT_FALSE(passes(packet(other, {11})));
}

TEST_F(ReplyFilter, header_options_are_stepped_over) {
  Header options;
  options.option_bytes = 40;
  EXPECT_TRUE(passes(packet(options, {11})));
  EXPECT_FALSE(passes(packet(options, {8})));
}

TEST_F(ReplyFilter, only_the_first_fragment_passes) {
  Header first;
  first.fragment_word = 0x2000;
  EXPECT_TRUE(passes(packet(first, {11})));
  Header later;
  later.fragment_word = 0x0001;
  EXPECT_FALSE(passes(packet(later, {11})));
}

TEST_F(ReplyFilter, of_tcp_only_resets_pass_and_of_udp_nothing) {
  Header tcp;
  tcp.protocol = wire::protocol::tcp;
  EXPECT_TRUE(passes(packet(tcp, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x14})));
  EXPECT_FALSE(passes(packet(tcp, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x12})));
  Header udp;
  udp.protocol = wire::protocol::udp;
  EXPECT_FALSE(passes(packet(udp, {11})));
}

TEST_F(ReplyFilter, a_packet_that_ends_too_early_does_not_pass) {
  auto bytes = packet({}, {11});
  bytes.resize(wire::ipv4_header_bytes);
  EXPECT_FALSE(passes(bytes));
  bytes.resize(12);
  EXPECT_FALSE(passes(bytes));
}

}  // namespace
}  // namespace utnt::os_linux
