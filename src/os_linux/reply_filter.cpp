// SPDX-License-Identifier: BSD-2-Clause
// The filter program, instruction by instruction. Jump distances count instructions after the next one.
#include "os_linux/reply_filter.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "os_linux/failure.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::os_linux {
namespace {

constexpr std::uint32_t whole_packet = 0xffff;
constexpr std::uint32_t tcp_flags_at = 13;
constexpr std::uint32_t tcp_reset = 0x04;

constexpr sock_filter load_word(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at); }
constexpr sock_filter load_half(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at); }
constexpr sock_filter load_byte(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at); }
constexpr sock_filter load_byte_after_header(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_B | BPF_IND, at); }
constexpr sock_filter index_by_header_length() { return BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0); }
constexpr sock_filter if_equal(std::uint32_t value, std::uint8_t then, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise);
}
constexpr sock_filter if_any_bit(std::uint32_t mask, std::uint8_t then, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, then, otherwise);
}
constexpr sock_filter give(std::uint32_t bytes) { return BPF_STMT(BPF_RET | BPF_K, bytes); }

}  // namespace

void attach_reply_filter(int socket, wire::Ipv4Address destination) {
  std::array program{
      load_word(16),                               //  0 to us,
      if_equal(destination.value(), 0, 13),        //  1
      load_half(6),                                //  2 and the beginning of its datagram:
      if_any_bit(0x1fff, 11, 0),                   //  3
      index_by_header_length(),                    //  4
      load_byte(9),                                //  5
      if_equal(wire::protocol::icmp, 3, 0),        //  6
      if_equal(wire::protocol::tcp, 0, 7),         //  7 TCP
      load_byte_after_header(tcp_flags_at),        //  8   resets,
      if_any_bit(tcp_reset, 4, 5),                 //  9
      load_byte_after_header(0),                   // 10 ICMP of three types
      if_equal(wire::icmp4::echo_reply, 2, 0),     // 11
      if_equal(wire::icmp4::unreachable, 1, 0),    // 12
      if_equal(wire::icmp4::time_exceeded, 0, 1),  // 13
      give(whole_packet),                          // 14
      give(0),                                     // 15
  };
  const sock_fprog description{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &description, sizeof description) != 0) {
    throw system_failure("cannot attach the reply filter", errno);
  }
}

}  // namespace utnt::os_linux
