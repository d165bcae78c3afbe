// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/edge.hpp"

#include <algorithm>

#include "wire/ipv4.hpp"

namespace utnt::unikernel {
namespace {

constexpr wire::Ipv4Address everybody{0xffff'ffffU};

/// RFC 1112 section 6.4: the low 23 bits of the group.
wire::MacAddress group_mac(wire::Ipv4Address group) {
  const auto v = group.value();
  return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(v >> 16 & 0x7f), static_cast<std::uint8_t>(v >> 8 & 0xff),
           static_cast<std::uint8_t>(v & 0xff)}};
}

constexpr bool is_group(wire::Ipv4Address address) { return address.value() >> 28 == 0xe; }

constexpr std::uint8_t fragment_header = 44;

}  // namespace

Edge::Edge(const EdgeConfig& config)
    : config_{config},
      ipv6_{config.ipv6, config.mac, next_hops_},
      is_announced_{config.address == wire::Ipv4Address{}} {
  if (config.gateway == wire::Ipv4Address{} && !config.gateway_mac) return;
  next_hops_.pin(config.gateway, config.gateway_mac);
  next_hops_.use(config.gateway);
}

bool Edge::is_on_link(wire::Ipv4Address address) const {
  // Without a gateway everything is on the link; a prefix of 32 bits holds nobody else.
  if (config_.gateway == wire::Ipv4Address{} && !config_.gateway_mac) return true;
  const auto host_bits = config_.prefix_length >= 32 ? 0U : ~std::uint32_t{0} >> config_.prefix_length;
  return ((address.value() ^ config_.address.value()) & ~host_bits) == 0;
}

bool Edge::is_ready() const {
  const bool has_gateway = config_.gateway != wire::Ipv4Address{} || config_.gateway_mac;
  return !has_gateway || next_hops_.find(config_.gateway).has_mac();
}

bool Edge::has_failed() const {
  return !is_ready() && next_hops_.find(config_.gateway).state == NextHops::State::failed;
}

wire::IpAddress Edge::source_for(const wire::IpAddress& destination) const {
  if (destination.is_v4()) {
    return config_.address == wire::Ipv4Address{} ? wire::IpAddress{} : wire::IpAddress{config_.address};
  }
  const auto own = ipv6_.source_for(destination.v6());
  return own ? wire::IpAddress{*own} : wire::IpAddress{};
}

Edge::NextHop Edge::next_hop_of(ConstBytes packet) const {
  if (load_u8(packet, 0) >> 4 == 6) {
    const auto destination = wire::load_ipv6(packet, 24);
    if (is_multicast(destination)) return {{}, wire::multicast_mac(destination)};
    const auto hop = ipv6_.next_hop(destination);
    return {hop ? wire::IpAddress{*hop} : wire::IpAddress{}, std::nullopt};
  }
  const wire::Ipv4Address destination{load_be32(packet, 16)};
  if (destination == everybody) return {{}, wire::mac_broadcast};
  if (is_group(destination)) return {{}, group_mac(destination)};
  return {is_on_link(destination) ? destination : config_.gateway, std::nullopt};
}

Edge::Sending Edge::address(MutableBytes frame) {
  const auto packet = frame.subspan(wire::ethernet_header_bytes);
  const auto ethertype = load_u8(packet, 0) >> 4 == 6 ? wire::ethertype::ipv6 : wire::ethertype::ipv4;
  const auto hop = next_hop_of(packet);
  wire::EthernetFields header{.source = config_.mac, .ethertype = ethertype};
  if (hop.group_mac) {
    header.destination = *hop.group_mac;
  } else if (hop.address.is_none()) {
    ++counters_.no_route;
    return Sending::dropped;
  } else {
    const auto found = next_hops_.use(hop.address);
    if (!found.has_mac()) {
      if (found.state != NextHops::State::asking) {
        ++counters_.unresolved;
        return Sending::dropped;
      }
      wire::write_ethernet_header(frame, header);
      if (!waiting_.add(hop.address, frame)) ++counters_.crowded;
      return Sending::later;
    }
    header.destination = found.mac;
  }
  wire::write_ethernet_header(frame, header);
  has_sent_ = true;
  return Sending::now;
}

ConstBytes Edge::arp(MutableBytes out, const wire::MacAddress& to, const wire::ArpFields& fields) const {
  wire::write_ethernet_header(out, {.destination = to, .source = config_.mac, .ethertype = wire::ethertype::arp});
  wire::write_arp(out.subspan(wire::ethernet_header_bytes), fields);
  return out.first(wire::ethernet_header_bytes + wire::arp_bytes);
}

std::optional<ConstBytes> Edge::ask(MutableBytes out, const NextHops::Question& question) const {
  if (!question.address.is_v4()) {
    const auto target = question.address.v6();
    const auto source = ipv6_.source_for(target);
    const auto local = source ? source : ipv6_.source_for(all_nodes);
    // From no address it would be a test whether the target is free.
    if (!local) return std::nullopt;
    return neighbor_solicitation(out, {config_.mac, *local}, target, question.to);
  }
  return arp(out, question.to.value_or(wire::mac_broadcast),
             {.operation = wire::ArpOperation::request,
              .sender_mac = config_.mac,
              .sender = config_.address,
              .target = question.address.v4()});
}

/// A frame whose next hop has answered; what waits for hosts that never did is dropped.
std::optional<ConstBytes> Edge::poll_waiting(MutableBytes out) {
  if (next_hops_.take_change()) may_release_ = true;
  if (!may_release_ || waiting_.size() == 0) return std::nullopt;
  const auto state_of = [this](const wire::IpAddress& hop) { return next_hops_.find(hop); };
  counters_.unresolved += waiting_.drop([&](const wire::IpAddress& hop) {
    const auto state = state_of(hop).state;
    return state == NextHops::State::failed || state == NextHops::State::unused;
  });
  wire::MacAddress mac;
  const auto frame = waiting_.take(out, [&](const wire::IpAddress& hop) {
    const auto found = state_of(hop);
    mac = found.mac;
    return found.has_mac();
  });
  if (!frame) {
    may_release_ = false;
    return std::nullopt;
  }
  wire::store_mac(*frame, 0, mac);
  has_sent_ = true;
  return *frame;
}

std::optional<ConstBytes> Edge::poll(MutableBytes out, Instant now) {
  while (const auto question = next_hops_.poll(now)) {
    if (const auto frame = ask(out, *question)) return frame;
  }
  if (const auto frame = poll_waiting(out)) return frame;
  // Nothing goes before the first packet when the gateway is known.
  if (!is_announced_ && (has_sent_ || !config_.gateway_mac) && is_ready()) {
    is_announced_ = true;
    return arp(out, wire::mac_broadcast,
               {.operation = wire::ArpOperation::request,
                .sender_mac = config_.mac,
                .sender = config_.address,
                .target = config_.address});
  }
  return ipv6_.poll(out, now);
}

std::optional<Instant> Edge::deadline() const {
  const auto hops = next_hops_.deadline();
  const auto host = ipv6_.deadline();
  if (!hops || !host) return hops ? hops : host;
  return std::min(*hops, *host);
}

std::optional<ConstBytes> Edge::take_arp(ConstBytes message, MutableBytes out, Instant now) {
  const auto parsed = wire::ArpView::parse(message);
  if (!parsed || config_.address == wire::Ipv4Address{}) {
    ++counters_.ignored;
    return std::nullopt;
  }
  const auto& view = *parsed;
  const auto sender = view.sender();
  const auto mac = view.sender_mac();
  const bool is_own = mac == config_.mac;
  if (sender == config_.address && !is_own) ++counters_.conflicts;  // defended by the answers that others get
  if (sender == config_.address || is_own || view.target() != config_.address || mac.is_multicast()) {
    ++counters_.ignored;
    return std::nullopt;
  }
  const bool is_request = view.operation() == wire::ArpOperation::request;
  if (!is_request) {
    next_hops_.confirm(sender, mac, now);
    return std::nullopt;
  }
  // RFC 5227: who only tests whether the address is free has none of its own yet.
  if (sender != wire::Ipv4Address{} && (is_on_link(sender) || sender == config_.gateway))
    next_hops_.hear(sender, mac, now);
  if (!answer_limit_.allows(now)) {
    ++counters_.answers_limited;
    return std::nullopt;
  }
  ++counters_.arp_requests_answered;
  return arp(out, mac,
             {.operation = wire::ArpOperation::reply,
              .sender_mac = config_.mac,
              .sender = config_.address,
              .target_mac = mac,
              .target = sender});
}

bool Edge::is_ours(const Result<wire::Ipv4View>& packet) const {
  return packet && packet->destination() == config_.address && config_.address != wire::Ipv4Address{};
}

std::optional<ConstBytes> Edge::take_ipv4(const wire::EthernetView& frame) {
  const auto packet = frame.payload();
  const auto parsed = wire::Ipv4View::parse(packet);
  if (!is_ours(parsed)) {
    ++counters_.ignored;
    return std::nullopt;
  }
  const auto& ip = *parsed;
  if (!config_.wants_fragments && (ip.more_fragments() || ip.fragment_offset() != 0)) {
    ++counters_.fragments;
    return std::nullopt;
  }
  return packet.first(ip.total_length());
}

Edge::Input Edge::take_ipv6(const wire::EthernetView& frame, MutableBytes out, Instant now) {
  const auto packet = frame.payload();
  const auto parsed = wire::Ipv6View::parse(packet);
  if (!parsed || !ipv6_.receives(*parsed)) {
    ++counters_.ignored;
    return {};
  }
  const auto& ip = *parsed;
  const auto upper = ip.upper_layer();
  if (!config_.wants_fragments && (ip.next_header() == fragment_header || (upper && upper->is_later_fragment))) {
    ++counters_.fragments;
    return {};
  }
  Input input{.packet = packet.first(wire::ipv6_header_bytes + ip.payload().size()), .answer = {}};
  if (!is_neighbor_discovery(ip)) return input;
  const auto answer = ipv6_.take(ip, frame.source(), out, now);
  if (answer && !answer_limit_.allows(now)) {
    ++counters_.answers_limited;
  } else {
    input.answer = answer;
  }
  return input;
}

Edge::Input Edge::take(ConstBytes frame, MutableBytes out, Instant now) {
  const auto parsed = wire::EthernetView::parse(frame);
  if (!parsed) {
    ++counters_.ignored;
    return {};
  }
  const auto& ethernet = *parsed;
  const auto to = ethernet.destination();
  const auto type = to == config_.mac || to.is_multicast() ? ethernet.ethertype() : std::uint16_t{0};
  switch (type) {
    case wire::ethertype::ipv4:
      return {.packet = take_ipv4(ethernet), .answer = {}};
    case wire::ethertype::arp:
      return {.packet = {}, .answer = take_arp(ethernet.payload(), out, now)};
    case wire::ethertype::ipv6:
      return take_ipv6(ethernet, out, now);
    default:
      ++counters_.ignored;
      return {};
  }
}

std::optional<ConstBytes> Edge::respond(ConstBytes frame, MutableBytes out, Instant now) {
  if (!config_.answers_echo) return std::nullopt;
  const auto parsed = wire::EthernetView::parse(frame);
  if (!parsed) return std::nullopt;
  const auto& ethernet = *parsed;
  auto packet = ethernet.payload();
  if (ethernet.ethertype() == wire::ethertype::ipv4) {
    const auto ip = wire::Ipv4View::parse(packet);
    if (!is_ours(ip)) return std::nullopt;
    packet = packet.first(load_be16(packet, 2));
  } else {
    const auto ip = wire::Ipv6View::parse(packet);
    if (!ip || !ipv6_.owns(wire::load_ipv6(packet, 24))) return std::nullopt;
    packet = packet.first(wire::ipv6_header_bytes + load_be16(packet, 4));
  }
  const auto reply = echo_reply(ethernet, packet, out);
  if (!reply) return std::nullopt;
  if (!echo_limit_.allows(now)) {
    ++counters_.echo_limited;
    return std::nullopt;
  }
  ++counters_.echo_answered;
  return reply;
}

}  // namespace utnt::unikernel
