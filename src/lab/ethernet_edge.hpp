// SPDX-License-Identifier: BSD-2-Clause
// The vantage point's side of its Ethernet segment, without any I/O: frames in, IP packets out and back. The emulated
// network has one neighbour here, a gateway that answers ARP for every address but the vantage point's own.
// Sources: RFC 826 (ARP), RFC 894 (IPv4 over Ethernet), RFC 5227 section 2.1 (address probes are not answered).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"
#include "wire/packet.hpp"

namespace utnt::lab {

/// Locally administered addresses ("utnt" in the middle): the gateway, and the vantage point where we choose its
/// address.
inline constexpr wire::MacAddress gateway_mac{{0x02, 0x75, 0x74, 0x6e, 0x74, 0x01}};
inline constexpr wire::MacAddress vantage_point_mac{{0x02, 0x75, 0x74, 0x6e, 0x74, 0x02}};
/// The default gateway of a vantage point that we set up. Link-local, so that it never shadows an emulated address.
inline constexpr wire::Ipv4Address gateway_address{169, 254, 0, 1};

struct EdgeCounters {
  std::uint64_t packets_in{0};   ///< IP packets from the vantage point
  std::uint64_t packets_out{0};  ///< IP packets to it
  std::uint64_t arp_answered{0};
  std::uint64_t ignored{0};  ///< frames for somebody else, or of a kind that the network does not carry
};

class EthernetEdge {
 public:
  explicit EthernetEdge(const wire::IpAddress& vantage_point) : vantage_point_{vantage_point} {}

  /// What a received frame asks for: an IP packet to send into the network, or a frame to answer at once. The spans
  /// point into `frame` and into this object; they are valid until the next call.
  struct Work {
    wire::Packet packet;
    ConstBytes answer;
  };
  Work take(ConstBytes frame);

  /// Where to put a packet for the vantage point before frame() is called.
  [[nodiscard]] MutableBytes packet_buffer() { return MutableBytes{outgoing_}.subspan(wire::ethernet_header_bytes); }
  /// The frame around the first `packet_bytes` of packet_buffer().
  ConstBytes frame(std::size_t packet_bytes);

  [[nodiscard]] const EdgeCounters& counters() const { return counters_; }

 private:
  ConstBytes answer_arp(ConstBytes message);

  wire::IpAddress vantage_point_;
  wire::MacAddress peer_{wire::mac_broadcast};  ///< learned from the last frame
  std::array<std::byte, wire::ethernet_header_bytes + wire::packet_bytes_max> outgoing_{};
  std::array<std::byte, 60> arp_answer_{};
  EdgeCounters counters_;
};

}  // namespace utnt::lab
