// SPDX-License-Identifier: BSD-2-Clause
// A small prober for the tests of this folder: one probe at a time, each answer taken apart. Knows nothing about
// tunnels.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "emu/network.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::emu {

struct Seen {
  wire::IpAddress source;
  int ttl{0};  ///< of the answer on arrival
  int type{0}, code{0};
  int quoted_ttl{-1};
  std::vector<std::pair<std::uint32_t, int>> labels;  ///< label and TTL, top first
  std::uint16_t ip_id{0};
  Instant at;
  std::vector<std::byte> bytes;
};

inline wire::IpAddress address(std::string_view text) { return wire::parse_address(text).value(); }

inline std::string text_of(const wire::IpAddress& a) {
  std::array<char, wire::address_text_max> room{};
  return std::string{wire::format_address(a, room)};
}

class TestProber {
 public:
  explicit TestProber(Network& network) : network_{network} {}

  std::vector<std::byte> echo(const wire::IpAddress& to, std::uint8_t ttl, std::uint16_t id = 0x8000) {
    std::vector<std::byte> packet(44);
    const auto message = MutableBytes{packet}.subspan(20);
    wire::write_echo_with_checksum(message, {.identifier = id, .sequence = sequence_}, id, 8);
    finish(packet, to, ttl, wire::protocol::icmp);
    return packet;
  }
  std::vector<std::byte> udp(const wire::IpAddress& to, std::uint8_t ttl, std::uint16_t port = 33'435) {
    std::vector<std::byte> packet(44);
    wire::write_udp_header(MutableBytes{packet}.subspan(20), {Port{40'000}, Port{port}}, network_.vantage_point(), to);
    finish(packet, to, ttl, wire::protocol::udp);
    return packet;
  }

  /// Sends and waits for everything this packet causes; the first answer, if any.
  std::optional<Seen> ask(const std::vector<std::byte>& packet) {
    auto all = ask_all(packet);
    if (all.empty()) return std::nullopt;
    return all.front();
  }
  std::vector<Seen> ask_all(const std::vector<std::byte>& packet) {
    network_.send(packet, now_);
    now_ = now_ + 10_s;
    return collect();
  }
  std::vector<Seen> collect() {
    std::vector<Seen> out;
    std::array<std::byte, wire::packet_bytes_max> room{};
    while (const auto got = network_.receive(room, now_)) out.push_back(take_apart(*got));
    return out;
  }
  /// One echo probe per TTL until the destination answers; silent TTLs are empty.
  std::vector<std::optional<Seen>> trace(const wire::IpAddress& to, int ttl_max = 12, std::uint16_t id = 0x8000) {
    std::vector<std::optional<Seen>> out;
    for (int ttl = 1; ttl <= ttl_max; ++ttl) {
      out.push_back(ask(echo(to, static_cast<std::uint8_t>(ttl), id)));
      if (out.back() && out.back()->type == wire::icmp4::echo_reply) break;
    }
    return out;
  }
  std::optional<Seen> ping(const wire::IpAddress& to) { return ask(echo(to, 64)); }

  Instant now_{};

 private:
  void finish(std::vector<std::byte>& packet, const wire::IpAddress& to, std::uint8_t ttl, std::uint8_t protocol) {
    wire::write_ipv4_header(packet, {.total_length = static_cast<std::uint16_t>(packet.size()),
                                     .id = ++sequence_,
                                     .dont_fragment = true,
                                     .ttl = Ttl{ttl},
                                     .protocol = protocol,
                                     .source = network_.vantage_point().v4(),
                                     .destination = to.v4()});
  }
  static Seen take_apart(const wire::Received& received) {
    Seen seen;
    seen.at = received.arrival;
    seen.bytes.assign(received.packet.begin(), received.packet.end());
    const auto ip = wire::Ipv4View::parse(received.packet);
    EXPECT_TRUE(ip.has_value());
    EXPECT_TRUE(ip->checksum_ok());
    seen.source = ip->source();
    seen.ttl = ip->ttl().value();
    seen.ip_id = ip->id();
    if (ip->protocol() != wire::protocol::icmp) return seen;
    const auto icmp = wire::Icmpv4View::parse(ip->payload());
    EXPECT_TRUE(icmp.has_value());
    seen.type = icmp->type();
    seen.code = icmp->code();
    if (!icmp->is_error()) return seen;
    auto body = icmp->error_body();
    if (const auto quoted = wire::Ipv4View::parse_quoted(body.original)) seen.quoted_ttl = quoted->ttl().value();
    while (const auto object = body.objects.next()) {
      if (object->object_class != wire::extension_class_mpls) continue;
      const wire::LabelStackView stack{*object};
      for (std::size_t i = 0; i < stack.size(); ++i)
        seen.labels.emplace_back(stack[i].label().value(), stack[i].ttl().value());
    }
    return seen;
  }

  Network& network_;
  std::uint16_t sequence_{0};
};

}  // namespace utnt::emu
