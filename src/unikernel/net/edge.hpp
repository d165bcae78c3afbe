// SPDX-License-Identifier: BSD-2-Clause
// The IP edge of one interface: packets out in frames to their next hop, frames in as packets, and what any host owes
// its link: ARP, neighbour discovery, echo replies. Every received IP packet goes to the program first; only what it
// does not claim is offered to respond(). Knows no clock and no device: time is an argument, frames leave through the
// caller.
//   frame with a packet behind 14 free bytes -> address() -> send it, or leave it to poll()
//   received frame -> take() -> a packet for the program, a frame to send
//   before every pause: poll() until it is empty, then sleep until deadline() at most
// Sources: RFC 826, RFC 894, RFC 1122 section 2.3, RFC 4861, RFC 5227; the unikernel specification, section 9.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "unikernel/net/echo_responder.hpp"
#include "unikernel/net/edge_config.hpp"
#include "unikernel/net/ipv6_host.hpp"
#include "unikernel/net/next_hops.hpp"
#include "unikernel/net/waiting_packets.hpp"
#include "wire/arp.hpp"
#include "wire/ipv4.hpp"

namespace utnt::unikernel {

struct EdgeCounters {
  std::uint64_t arp_requests_answered{0};
  std::uint64_t echo_answered{0};
  std::uint64_t echo_limited{0};  ///< echo requests beyond the limit
  std::uint64_t unresolved{0};    ///< packets that were dropped because their next hop never answered
  std::uint64_t crowded{0};       ///< packets that were dropped because too many others waited for next hops
  std::uint64_t no_route{0};      ///< packets to elsewhere while there was no router
  std::uint64_t fragments{0};
  std::uint64_t conflicts{0};        ///< ARP: somebody else uses our address
  std::uint64_t answers_limited{0};  ///< questions for our address beyond the limit
  std::uint64_t ignored{0};          ///< frames of other protocols, for others, or malformed
};

class Edge {
 public:
  explicit Edge(const EdgeConfig& config);
  Edge(const Edge&) = delete;  // its parts point at each other
  Edge& operator=(const Edge&) = delete;

  /// The IPv4 gateway is known, or there is none.
  [[nodiscard]] bool is_ready() const;
  /// It was asked in vain.
  [[nodiscard]] bool has_failed() const;
  /// The address that packets to `destination` are sent from; none yet, or never.
  [[nodiscard]] wire::IpAddress source_for(const wire::IpAddress& destination) const;

  enum class Sending : std::uint8_t {
    now,      ///< the header is written: send the frame
    later,    ///< a copy waits for its next hop, poll() will return it
    dropped,  ///< there is no next hop; counted
  };
  /// Writes the Ethernet header before the packet that stands behind it in `frame`.
  Sending address(MutableBytes frame);

  /// A frame that is to be sent now, at the front of `out` (frame_bytes_max); to be called until there is none.
  std::optional<ConstBytes> poll(MutableBytes out, Instant now);
  /// When poll() has work next.
  [[nodiscard]] std::optional<Instant> deadline() const;

  struct Input {
    std::optional<ConstBytes> packet;  ///< an IP packet for the program
    std::optional<ConstBytes> answer;  ///< a frame to send, in `out`
  };
  /// Reads a frame. `out` is room for an answer (frame_bytes_max).
  Input take(ConstBytes frame, MutableBytes out, Instant now);
  /// The answer to a packet that the program did not want: an echo reply, or nothing.
  std::optional<ConstBytes> respond(ConstBytes frame, MutableBytes out, Instant now);

  [[nodiscard]] const EdgeCounters& counters() const { return counters_; }
  /// Packets whose next hop is being asked for.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] const NextHops::Counters& next_hop_counters() const { return next_hops_.counters(); }
  [[nodiscard]] const Ipv6Host& ipv6() const { return ipv6_; }

 private:
  struct NextHop {
    wire::IpAddress address;                    ///< none: there is no way
    std::optional<wire::MacAddress> group_mac;  ///< of a broadcast or a group
  };

  [[nodiscard]] bool is_ours(const Result<wire::Ipv4View>& packet) const;
  [[nodiscard]] bool is_on_link(wire::Ipv4Address address) const;
  [[nodiscard]] NextHop next_hop_of(ConstBytes packet) const;
  std::optional<ConstBytes> ask(MutableBytes out, const NextHops::Question& question) const;
  ConstBytes arp(MutableBytes out, const wire::MacAddress& to, const wire::ArpFields& fields) const;
  std::optional<ConstBytes> poll_waiting(MutableBytes out);
  std::optional<ConstBytes> take_arp(ConstBytes message, MutableBytes out, Instant now);
  std::optional<ConstBytes> take_ipv4(const wire::EthernetView& frame);
  Input take_ipv6(const wire::EthernetView& frame, MutableBytes out, Instant now);

  EdgeConfig config_;
  EdgeCounters counters_;
  NextHops next_hops_;
  Ipv6Host ipv6_;
  WaitingPackets waiting_;
  RateLimit echo_limit_{100};
  RateLimit answer_limit_{1000};
  bool may_release_{false};  ///< a waiting frame may have its next hop, or have lost it
  bool has_sent_{false};
  bool is_announced_;
};

}  // namespace utnt::unikernel
