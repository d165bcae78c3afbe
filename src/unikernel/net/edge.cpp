// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/edge.hpp"

#include "wire/arp.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::unikernel {
namespace {

constexpr Duration request_interval{250'000'000};
constexpr unsigned echo_per_second_max = 100;

ConstBytes arp_frame(MutableBytes out, const wire::MacAddress& to, const wire::ArpFields& fields) {
  wire::write_ethernet_header(out, {.destination = to, .source = fields.sender_mac, .ethertype = wire::ethertype::arp});
  wire::write_arp(out.subspan(wire::ethernet_header_bytes), fields);
  return out.first(wire::ethernet_header_bytes + wire::arp_bytes);
}

}  // namespace

void Edge::write_header(MutableBytes frame) const {
  wire::write_ethernet_header(
      frame, {.destination = *config_.gateway_mac, .source = config_.mac, .ethertype = wire::ethertype::ipv4});
}

std::optional<ConstBytes> Edge::poll(MutableBytes out, Instant now) {
  if (is_ready() || requests_ >= requests_max || (next_request_ && *next_request_ > now)) return std::nullopt;
  ++requests_;
  next_request_ = now + request_interval;
  return arp_frame(out, wire::mac_broadcast,
                   {.operation = wire::ArpOperation::request,
                    .sender_mac = config_.mac,
                    .sender = config_.address,
                    .target = config_.gateway});
}

std::optional<Instant> Edge::deadline() const {
  if (is_ready() || requests_ >= requests_max) return std::nullopt;
  return next_request_ ? *next_request_ : Instant{};
}

Edge::Input Edge::take(ConstBytes frame, MutableBytes out) {
  const auto ethernet = wire::EthernetView::parse(frame);
  if (!ethernet || (ethernet->destination() != config_.mac && !ethernet->destination().is_multicast())) {
    ++counters_.ignored;
    return {};
  }
  if (ethernet->ethertype() == wire::ethertype::ipv4) {
    const auto ip = wire::Ipv4View::parse(ethernet->payload());
    if (ip && ip->destination() == config_.address)
      return {.packet = ethernet->payload().first(ip->total_length()), .answer = {}};
    ++counters_.ignored;
    return {};
  }
  const auto arp = ethernet->ethertype() == wire::ethertype::arp ? wire::ArpView::parse(ethernet->payload())
                                                                 : Result<wire::ArpView>{Fail{Error::unsupported}};
  if (!arp || arp->target() != config_.address) {
    ++counters_.ignored;
    return {};
  }
  // Only who was asked for, or who asks for us, is learned.
  if (arp->sender() == config_.gateway) config_.gateway_mac = arp->sender_mac();
  if (arp->operation() != wire::ArpOperation::request) return {};
  ++counters_.arp_requests_answered;
  return {.packet = {},
          .answer = arp_frame(out, arp->sender_mac(),
                              {.operation = wire::ArpOperation::reply,
                               .sender_mac = config_.mac,
                               .sender = config_.address,
                               .target_mac = arp->sender_mac(),
                               .target = arp->sender()})};
}

std::optional<ConstBytes> Edge::respond(ConstBytes frame, MutableBytes out, Instant now) {
  if (!config_.answers_echo) return std::nullopt;
  const auto ethernet = wire::EthernetView::parse(frame);
  const auto ip = wire::Ipv4View::parse(frame.subspan(wire::ethernet_header_bytes));
  if (!ethernet || !ip || ip->protocol() != wire::protocol::icmp || ip->fragment_offset() != 0 || ip->more_fragments())
    return std::nullopt;
  const auto icmp = wire::Icmpv4View::parse(ip->payload());
  const std::size_t bytes = wire::ethernet_header_bytes + ip->total_length();
  if (!icmp || icmp->type() != wire::icmp4::echo_request || !icmp->checksum_ok() || bytes > out.size())
    return std::nullopt;
  constexpr Duration second{1'000'000'000};
  if (now - echo_window_ >= second) {
    echo_window_ = now;
    echo_in_window_ = 0;
  }
  if (++echo_in_window_ > echo_per_second_max) return std::nullopt;
  wire::write_ethernet_header(
      out, {.destination = ethernet->source(), .source = config_.mac, .ethertype = wire::ethertype::ipv4});
  const auto packet = out.subspan(wire::ethernet_header_bytes, ip->total_length());
  const auto message = packet.subspan(wire::ipv4_header_bytes);
  copy_bytes(message.subspan(8), icmp->echo_data());
  wire::write_echo(message.first(8 + icmp->echo_data().size()),
                   {.type = wire::icmp4::echo_reply, .identifier = icmp->identifier(), .sequence = icmp->sequence()});
  const auto length = static_cast<std::uint16_t>(wire::ipv4_header_bytes + 8 + icmp->echo_data().size());
  wire::write_ipv4_header(packet, {.total_length = length,
                                   .id = ip->id(),
                                   .dont_fragment = true,
                                   .ttl = Ttl{64},
                                   .protocol = wire::protocol::icmp,
                                   .source = config_.address,
                                   .destination = ip->source()});
  ++counters_.echo_answered;
  return out.first(wire::ethernet_header_bytes + length);
}

}  // namespace utnt::unikernel
