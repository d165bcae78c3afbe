// SPDX-License-Identifier: BSD-2-Clause
// The smallest network there is: every echo request is answered after a fixed delay. For tests of what carries packets
// to and from a network, where the network itself must not be in doubt.
#pragma once

#include <deque>
#include <vector>

#include "emu/network.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::test_support {

class EchoNetwork final : public emu::Network {
 public:
  explicit EchoNetwork(Duration delay) : delay_{delay} {}

  [[nodiscard]] wire::IpAddress vantage_point() const override { return wire::Ipv4Address{20, 0, 1, 1}; }

  void send(wire::Packet packet, Instant now) override {
    ++sent;
    const auto ip = wire::Ipv4View::parse(packet);
    if (!ip || ip->protocol() != wire::protocol::icmp) return;
    const auto icmp = wire::Icmpv4View::parse(ip->payload());
    if (!icmp || icmp->type() != wire::icmp4::echo_request) return;
    std::vector<std::byte> reply(packet.begin(), packet.begin() + ip->total_length());
    wire::write_ipv4_header(reply, {.total_length = ip->total_length(),
                                    .id = ip->id(),
                                    .ttl = Ttl{255},
                                    .protocol = wire::protocol::icmp,
                                    .source = ip->destination(),
                                    .destination = ip->source()});
    wire::write_echo(MutableBytes{reply}.subspan(wire::ipv4_header_bytes),
                     {.type = wire::icmp4::echo_reply, .identifier = icmp->identifier(), .sequence = icmp->sequence()});
    on_the_way_.push_back({now + delay_, std::move(reply)});
  }

  [[nodiscard]] std::optional<Instant> next_arrival() const override {
    if (on_the_way_.empty()) return std::nullopt;
    return on_the_way_.front().arrival;
  }

  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override {
    if (on_the_way_.empty() || on_the_way_.front().arrival > now) return std::nullopt;
    const auto reply = std::move(on_the_way_.front());
    on_the_way_.pop_front();
    copy_bytes(out, reply.bytes);
    return wire::Received{.packet = out.first(reply.bytes.size()), .arrival = reply.arrival};
  }

  [[nodiscard]] emu::Truth truth(const wire::IpAddress&) const override { return {}; }

  std::uint64_t sent{0};  ///< packets that came in

 private:
  struct Reply {
    Instant arrival;
    std::vector<std::byte> bytes;
  };
  Duration delay_;
  std::deque<Reply> on_the_way_;
};

}  // namespace utnt::test_support
