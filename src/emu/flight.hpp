// SPDX-License-Identifier: BSD-2-Clause
// One packet on its way through the emulated network: its bytes, the header fields that forwarding changes, and its
// label stack. Fields are parsed once; the TTL goes back into the bytes only where the packet is quoted or arrives.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

using NodeId = std::uint32_t;
/// What a topology knows a destination address as: found once per packet, handed back at every lookup.
using Target = std::uint64_t;
inline constexpr Target no_target = ~Target{0};

enum class PacketKind : std::uint8_t { other, echo_request, echo_reply, icmp_error, udp, tcp };
/// Why the network made this packet; none for the vantage point's own.
enum class ReplyClass : std::uint8_t { none, time_exceeded, echo_reply, unreachable, reset };

struct StackEntry {
  std::uint32_t label{0};
  std::uint8_t ttl{0};
};
inline constexpr std::size_t stack_depth_max = 8;

struct Flight {
  Instant time;
  Target target{no_target};
  std::uint64_t address_hash{0};            ///< source, destination, protocol
  std::uint64_t port_hash{0};               ///< and ports
  std::uint64_t flow_hash{0};               ///< and, for echo, ICMP type, code, checksum, identifier
  std::uint64_t flow_id{0};                 ///< flow_hash without the destination: what a prober varies with its flow
  std::uint64_t probe{0};                   ///< number of the probe that started it all
  std::uint32_t source{0}, destination{0};  ///< host byte order
  NodeId node{0};
  std::uint32_t in_address{0};  ///< of the interface it arrived by; 0 where it was made
  std::uint32_t size{0};
  std::uint32_t steps{0};
  std::uint8_t ttl{0};
  std::uint8_t protocol{0};
  std::uint8_t header_bytes{20};
  std::uint8_t depth{0};
  PacketKind kind{PacketKind::other};
  ReplyClass reply{ReplyClass::none};
  bool later_fragment{false};
  bool pipe{false};                                 ///< the ingress of the current LSP does not propagate the TTL
  bool made_here{false};                            ///< not yet left the node that made it
  std::array<StackEntry, stack_depth_max> stack{};  ///< bottom first; the top is stack[depth - 1]
  std::array<std::byte, wire::packet_bytes_max> bytes;

  [[nodiscard]] StackEntry& top() { return stack[depth - 1U]; }
  [[nodiscard]] const StackEntry& top() const { return stack[depth - 1U]; }
  [[nodiscard]] wire::Packet packet() const { return wire::Packet{bytes}.first(size); }
  [[nodiscard]] MutableBytes packet() { return MutableBytes{bytes}.first(size); }
};

/// Copies `packet` into `flight` and fills every field but node, time and target. False when it is no sound IPv4
/// packet.
bool load_flight(wire::Packet packet, Flight& flight);

/// Fills the fields from the bytes that already stand in `flight` (`size` of them).
bool parse_flight(Flight& flight);

/// Writes the flight's TTL into its bytes and repairs the header checksum.
void seal_flight(Flight& flight);

/// A copy of everything that is in use: cheaper than assignment, which moves the whole byte array.
void copy_flight(const Flight& from, Flight& to);

}  // namespace utnt::emu
