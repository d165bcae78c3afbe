// SPDX-License-Identifier: BSD-2-Clause
// A link with an edge on it, in virtual time: frames of scripted neighbours in, the edge's frames out.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "unikernel/net/edge.hpp"
#include "wire/arp.hpp"
#include "wire/ipv4.hpp"

namespace utnt::unikernel {

using Bytes = std::vector<std::byte>;

inline constexpr wire::MacAddress own_mac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr wire::MacAddress router_mac{{0x02, 0, 0, 0, 0, 0xfe}};
inline constexpr wire::MacAddress peer_mac{{0x02, 0, 0, 0, 0, 0x07}};
inline constexpr wire::MacAddress liar_mac{{0x02, 0, 0, 0, 0, 0x66}};
inline constexpr wire::Ipv4Address own_ip{192, 0, 2, 1}, router_ip{192, 0, 2, 254}, peer_ip{192, 0, 2, 7};
inline constexpr wire::Ipv4Address far_ip{198, 51, 100, 9};

class EdgeLink {
 public:
  explicit EdgeLink(const EdgeConfig& config) : edge{config} {}

  /// What the edge sends by itself now.
  std::vector<Bytes> poll() {
    std::vector<Bytes> frames;
    while (const auto frame = edge.poll(room_, now)) frames.emplace_back(frame->begin(), frame->end());
    return frames;
  }
  /// Everything that it sends until `end`, sleeping as long as it says.
  std::vector<Bytes> poll_until(Instant end) {
    auto frames = poll();
    while (edge.deadline() && *edge.deadline() <= end) {
      now = std::max(now, *edge.deadline());
      for (auto& frame : poll()) frames.push_back(std::move(frame));
    }
    now = end;
    return frames;
  }
  /// Hands a frame over: the edge's answer, or nothing. Whether the program got a packet is in `packet`.
  Bytes give(const Bytes& frame) {
    const Bytes copy{frame};
    const auto input = edge.take(copy, room_, now);
    packet.reset();
    if (input.packet) packet = Bytes(input.packet->begin(), input.packet->end());
    return input.answer ? Bytes(input.answer->begin(), input.answer->end()) : Bytes{};
  }
  Bytes respond(const Bytes& frame) {
    const auto reply = edge.respond(frame, room_, now);
    return reply ? Bytes(reply->begin(), reply->end()) : Bytes{};
  }

  Edge edge;
  Instant now{};
  std::optional<Bytes> packet;

 private:
  std::array<std::byte, frame_bytes_max> room_{};
};

inline Bytes arp_frame(const wire::ArpFields& fields, const wire::MacAddress& to = own_mac) {
  Bytes frame(60);  // padded, as on a wire
  wire::write_ethernet_header(frame, {.destination = to, .source = fields.sender_mac, .ethertype = 0x0806});
  wire::write_arp(MutableBytes{frame}.subspan(14), fields);
  return frame;
}

inline Bytes arp_reply(wire::Ipv4Address who, const wire::MacAddress& mac) {
  return arp_frame({wire::ArpOperation::reply, mac, who, own_mac, own_ip});
}

inline Bytes arp_request(wire::Ipv4Address who, const wire::MacAddress& mac, wire::Ipv4Address target = own_ip) {
  return arp_frame({wire::ArpOperation::request, mac, who, {}, target}, wire::mac_broadcast);
}

/// A frame with a small UDP packet, and room for the header before it.
inline Bytes packet_to(wire::Ipv4Address destination, std::uint8_t mark = 0) {
  Bytes frame(14 + 28);
  wire::write_ipv4_header(
      MutableBytes{frame}.subspan(14),
      {.total_length = 28, .id = mark, .protocol = 17, .source = own_ip, .destination = destination});
  return frame;
}

inline wire::MacAddress destination_of(const Bytes& frame) { return wire::load_mac(frame, 0); }
inline std::uint16_t ethertype_of(const Bytes& frame) { return load_be16(frame, 12); }

}  // namespace utnt::unikernel
