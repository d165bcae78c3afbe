// SPDX-License-Identifier: BSD-2-Clause
// The IPv4 edge of one interface: packets out in frames to the gateway or the neighbour, frames in as packets, and the
// answers that any host owes its link: ARP, and echo replies to whoever pings it. Every received IP packet goes to the
// program first; only what it does not claim is offered here. Knows no clock and no device: time is an argument, frames
// leave through the caller.
// Sources: RFC 826, RFC 792; the unikernel specification, section 9.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::unikernel {

struct EdgeConfig {
  wire::MacAddress mac{};
  wire::Ipv4Address address{};
  std::uint8_t prefix_length{24};
  wire::Ipv4Address gateway{};                  ///< none (0.0.0.0): every destination is on the link
  std::optional<wire::MacAddress> gateway_mac;  ///< known: the first frame may be a probe
  bool answers_echo{true};
};

struct EdgeCounters {
  std::uint64_t arp_requests_answered{0};
  std::uint64_t echo_answered{0};
  std::uint64_t unresolved{0};  ///< packets that were dropped because their next hop never answered
  std::uint64_t ignored{0};     ///< frames of other protocols, for others, or malformed
};

class Edge {
 public:
  explicit Edge(const EdgeConfig& config) : config_{config} {}

  /// True when a packet to any destination can be framed at once.
  [[nodiscard]] bool is_ready() const { return config_.gateway_mac.has_value(); }
  /// Writes the Ethernet header for a packet that goes to the gateway; only when is_ready().
  void write_header(MutableBytes frame) const;

  /// A frame that must be sent now to become or to stay ready (an ARP request), written to the front of `out`.
  std::optional<ConstBytes> poll(MutableBytes out, Instant now);
  /// When poll() has work next.
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// Whether the gateway was asked in vain.
  [[nodiscard]] bool has_failed() const { return requests_ >= requests_max && !is_ready(); }

  struct Input {
    std::optional<ConstBytes> packet;  ///< an IPv4 packet for the program
    std::optional<ConstBytes> answer;  ///< a frame to send, in `out`
  };
  /// Reads a frame. `out` is room for an answer (frame_bytes_max).
  Input take(ConstBytes frame, MutableBytes out);
  /// The answer to a packet that the program did not want: an echo reply, or nothing. The rate is limited.
  std::optional<ConstBytes> respond(ConstBytes frame, MutableBytes out, Instant now);

  [[nodiscard]] const EdgeCounters& counters() const { return counters_; }

 private:
  static constexpr unsigned requests_max = 3;

  EdgeConfig config_;
  EdgeCounters counters_;
  std::optional<Instant> next_request_;
  Instant echo_window_{};
  unsigned echo_in_window_{0};
  unsigned requests_{0};
};

}  // namespace utnt::unikernel
