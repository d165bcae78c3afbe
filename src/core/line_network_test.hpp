// SPDX-License-Identifier: BSD-2-Clause
// The simplest network that answers: a line of plain routers and a host, for tests of the engine alone. It computes
// each reply from the probe by the rules of RFC 792 and RFC 1812, without any code of the engine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "base/prng.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/packet.hpp"

namespace utnt::core::test {

struct LineOptions {
  unsigned routers{5};
  Duration hop_delay{1'000'000};  ///< one way, per link
  std::set<unsigned> silent{};    ///< router numbers (from 1) that send no time exceeded
  bool host_answers{true};
  unsigned loss_percent{0};
  unsigned tunnel_ingress{0};   ///< number of the router that pushes; 0 = no tunnel
  unsigned tunnel_lsrs{0};      ///< hidden from packets to the host, not from packets to routers
  bool rewrites_quotes{false};  ///< errors quote another destination, as behind a NAT
  std::uint64_t seed{1};
};

/// Router i answers as 20.0.i.2; every other address below 20.0.0.0/8 is a host behind the last router.
class LineNetwork {
 public:
  explicit LineNetwork(LineOptions options) : options_{std::move(options)}, prng_{options_.seed} {}

  void send(wire::Packet packet, Instant now) {
    ++sent_;
    const auto ip = wire::Ipv4View::parse(packet);
    if (!ip) return;
    const unsigned ttl = ip->ttl().value();
    const unsigned distance = distance_of(ip->destination());
    const bool to_host = distance > options_.routers;
    const unsigned expires_at = to_host && ttl > options_.tunnel_ingress ? ttl + options_.tunnel_lsrs : ttl;
    highest_ttl_ = std::max(highest_ttl_, ttl);
    if (lost()) return;
    if (expires_at < distance) {
      if (!options_.silent.contains(expires_at)) reply(time_exceeded(packet, expires_at), expires_at, now);
    } else if (ip->protocol() == wire::protocol::icmp && (!to_host || options_.host_answers)) {
      reply(echo_reply(*ip, distance), distance, now);
    }
  }
  [[nodiscard]] std::optional<Instant> next_arrival() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.top().at;
  }
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) {
    if (queue_.empty() || queue_.top().at > now) return std::nullopt;
    const auto top = queue_.top();
    queue_.pop();
    copy_bytes(out, top.bytes);
    return wire::Received{out.first(top.bytes.size()), top.at};
  }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] unsigned highest_ttl() const { return highest_ttl_; }

 private:
  struct Arrival {
    Instant at;
    std::uint64_t order;
    std::vector<std::byte> bytes;
    friend bool operator<(const Arrival& a, const Arrival& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };

  [[nodiscard]] unsigned distance_of(wire::Ipv4Address address) const {
    const auto value = address.value();
    const bool router = (value & 0xffff00ffU) == 0x14000002U;
    const auto number = value >> 8 & 0xffU;
    return router && number >= 1 && number <= options_.routers ? number : options_.routers + 1;
  }
  bool lost() { return options_.loss_percent > 0 && prng_.chance(options_.loss_percent, 100); }
  void reply(std::vector<std::byte> bytes, unsigned hops, Instant now) {
    if (lost()) return;
    queue_.push({now + options_.hop_delay * (2 * static_cast<std::int64_t>(hops)), order_++, std::move(bytes)});
  }
  static std::vector<std::byte> finish(std::vector<std::byte> packet, wire::Ipv4Address from, wire::Ipv4Address to,
                                       unsigned ttl) {
    wire::write_ipv4_header(packet, {.total_length = static_cast<std::uint16_t>(packet.size()),
                                     .ttl = Ttl{static_cast<std::uint8_t>(ttl)},
                                     .protocol = wire::protocol::icmp,
                                     .source = from,
                                     .destination = to});
    return packet;
  }
  [[nodiscard]] std::vector<std::byte> time_exceeded(wire::Packet probe, unsigned router) const {
    const auto ip = wire::Ipv4View::parse(probe);
    std::vector<std::byte> out(20 + 8 + 28);
    copy_bytes(std::span{out}.subspan(28), probe.first(28));
    set_quoted_ttl(std::span{out}.subspan(28));
    if (options_.rewrites_quotes) store_be32(out, 28 + 16, 0x0a000001);
    store_u8(out, 20, wire::icmp4::time_exceeded);
    wire::seal_icmpv4(std::span{out}.subspan(20));
    return finish(std::move(out), wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(router), 2}, ip->source(),
                  255 - time_exceeded_hops(router));
  }
  /// Decrements on the way back of a reply with initial TTL 255; the pop with the smaller TTL shows the LSP.
  [[nodiscard]] unsigned time_exceeded_hops(unsigned router) const {
    const auto in = options_.tunnel_ingress, lsrs = options_.tunnel_lsrs;
    if (lsrs == 0 || router <= in + lsrs) return router - 1;
    const auto beyond_egress = router - in - lsrs - 1;
    return std::max(beyond_egress, lsrs) + in;
  }
  /// The same for initial TTL 64, which the pop leaves alone: the hidden LSRs do not count.
  [[nodiscard]] unsigned echo_reply_hops(unsigned router) const {
    const auto in = options_.tunnel_ingress, lsrs = options_.tunnel_lsrs;
    if (lsrs == 0 || router <= in) return router - 1;
    return router <= in + lsrs ? in : router - lsrs - 1;
  }
  static void set_quoted_ttl(MutableBytes quoted) { wire::set_ipv4_ttl(quoted, Ttl{1}); }
  [[nodiscard]] std::vector<std::byte> echo_reply(const wire::Ipv4View& ip, unsigned distance) const {
    const auto request = wire::Icmpv4View::parse(ip.payload());
    std::vector<std::byte> out(20 + ip.payload().size());
    copy_bytes(std::span{out}.subspan(28), request->echo_data());
    wire::write_echo(
        std::span{out}.subspan(20),
        {.type = wire::icmp4::echo_reply, .identifier = request->identifier(), .sequence = request->sequence()});
    return finish(std::move(out), ip.destination(), ip.source(), 64 - echo_reply_hops(distance));
  }

  LineOptions options_;
  Prng prng_;
  std::priority_queue<Arrival> queue_;
  std::uint64_t order_{0};
  std::uint64_t sent_{0};
  unsigned highest_ttl_{0};
};

}  // namespace utnt::core::test
