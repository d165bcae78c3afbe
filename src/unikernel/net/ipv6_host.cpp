// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/ipv6_host.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "wire/icmpv6.hpp"

namespace utnt::unikernel {
namespace {

constexpr Instant forever{std::numeric_limits<std::int64_t>::max()};
constexpr Duration second{1'000'000'000};
constexpr Duration two_hours = second * 7200;
constexpr Duration test_time = second;                  // RFC 4862: DupAddrDetectTransmits 1, RetransTimer 1 s
constexpr Duration solicitation_interval = second * 4;  // RFC 4861 section 10
constexpr unsigned solicitations_max = 3;
constexpr unsigned prefix_options_max = 16;  ///< read of one advertisement
constexpr std::uint16_t ipv6_mtu_min = 1280;

constexpr wire::Ipv6Address link_local{{0xfe, 0x80}};

unsigned common_bits(const wire::Ipv6Address& a, const wire::Ipv6Address& b) {
  for (unsigned i = 0; i < 16; ++i) {
    const auto difference = static_cast<std::uint8_t>(a.octets[i] ^ b.octets[i]);
    if (difference != 0) return 8 * i + static_cast<unsigned>(std::countl_zero(difference));
  }
  return 128;
}

Instant after(Instant now, std::uint32_t seconds) {
  constexpr std::uint32_t infinite = 0xffff'ffffU;
  return seconds == infinite ? forever : now + second * seconds;
}

}  // namespace

Ipv6Host::Ipv6Host(const Ipv6Config& config, const wire::MacAddress& mac, NextHops& next_hops)
    : mac_{mac},
      next_hops_{next_hops},
      is_on_{config.is_on},
      is_static_{config.is_static()},
      waits_for_dad_{config.waits_for_dad} {
  if (!is_on_) return;
  const auto& m = mac.octets;
  interface_id_ = config.interface_id.value_or(
      std::array<std::uint8_t, 8>{static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]});
  add_address(formed(link_local), forever, forever);
  if (!is_static_) return;
  add_address(config.address, forever, forever);
  prefixes_[0] = {config.address, config.prefix_length, forever};
  if (is_unspecified(config.gateway)) return;
  routers_[0] = {config.gateway, forever};
  next_hops_.pin(config.gateway);
}

wire::Ipv6Address Ipv6Host::formed(const wire::Ipv6Address& prefix) const {
  auto address = prefix;
  std::copy(interface_id_.begin(), interface_id_.end(), address.octets.begin() + 8);
  return address;
}

Ipv6Host::Address* Ipv6Host::address_of(const wire::Ipv6Address& address) {
  for (auto& own : addresses_) {
    if (own.state != State::none && own.address == address) return &own;
  }
  return nullptr;
}

void Ipv6Host::add_address(const wire::Ipv6Address& address, Instant preferred_until, Instant valid_until) {
  for (auto& own : addresses_) {
    if (own.state != State::none) continue;
    own = {.address = address,
           .state = waits_for_dad_ ? State::tentative : State::optimistic,
           .preferred_until = preferred_until,
           .valid_until = valid_until};
    due_ = Instant{};
    return;
  }
  ++counters_.full;
}

bool Ipv6Host::owns(const wire::Ipv6Address& address) const {
  for (const auto& own : addresses_) {
    if (own.is_usable() && own.address == address) return true;
  }
  return false;
}

bool Ipv6Host::receives(const wire::Ipv6View& packet) const {
  const auto to = packet.destination();
  if (!is_on_ || is_multicast(packet.source())) return false;
  if (!is_multicast(to)) return owns(to);
  if (to == all_nodes) return true;
  for (const auto& own : addresses_) {
    if (own.state != State::none && wire::solicited_node_group(own.address) == to) return true;
  }
  return false;
}

std::optional<wire::Ipv6Address> Ipv6Host::source_for(const wire::Ipv6Address& destination) const {
  const bool stays_on_link = is_link_local(destination) || is_multicast(destination);
  const Address* best = nullptr;
  const auto score = [&](const Address& own) {
    return (own.preferred_until > Instant{} ? 256U : 0U) + common_bits(own.address, destination);
  };
  for (const auto& own : addresses_) {
    if (!own.is_usable() || is_link_local(own.address) != stays_on_link) continue;
    if (best == nullptr || score(own) > score(*best)) best = &own;
  }
  return best == nullptr ? std::nullopt : std::optional{best->address};
}

std::optional<wire::Ipv6Address> Ipv6Host::next_hop(const wire::Ipv6Address& destination) const {
  if (is_link_local(destination)) return destination;
  for (const auto& on_link : prefixes_) {
    if (on_link.length != 0 && common_bits(on_link.prefix, destination) >= on_link.length) return destination;
  }
  std::optional<wire::Ipv6Address> last;
  for (const auto& router : routers_) {
    if (is_unspecified(router.address)) continue;
    last = router.address;
    if (next_hops_.find(router.address).state != NextHops::State::failed) break;
  }
  return last;
}

std::optional<ConstBytes> Ipv6Host::poll_address(Address& own, MutableBytes out, Instant now) {
  const bool is_under_test = own.state == State::tentative || own.state == State::optimistic;
  if (is_under_test && !own.is_probed) {
    own.is_probed = true;
    own.tested = now + test_time;
    return neighbor_solicitation(out, {mac_, {}}, own.address);
  }
  if (is_under_test && own.tested <= now) own.state = State::preferred;
  if (!own.is_usable() || own.is_announced) return std::nullopt;
  own.is_announced = true;
  return neighbor_advertisement(out, mac_, {.target = own.address, .is_override = own.state == State::preferred});
}

std::optional<ConstBytes> Ipv6Host::poll(MutableBytes out, Instant now) {
  if (!due_ || *due_ > now) return std::nullopt;
  for (auto& own : addresses_) {
    if (const auto frame = poll_address(own, out, now)) return frame;
  }
  if (!is_static_ && solicitations_ < solicitations_max && solicitation_due_ <= now) {
    ++solicitations_;
    solicitation_due_ = now + solicitation_interval;
    const auto& own = addresses_.front();
    return router_solicitation(out, {mac_, own.is_usable() ? own.address : wire::Ipv6Address{}});
  }
  expire(now);
  return std::nullopt;
}

/// Forgets what is over, and finds out when to look again.
void Ipv6Host::expire(Instant now) {
  auto next = !is_static_ && solicitations_ < solicitations_max ? solicitation_due_ : forever;
  for (auto& own : addresses_) {
    if (own.state == State::none) continue;
    if (own.valid_until <= now) {
      own.state = State::none;
      continue;
    }
    if (own.preferred_until <= now) own.preferred_until = Instant{};  // kept for those who know it already
    next = std::min(next, own.valid_until);
    if (own.preferred_until > now) next = std::min(next, own.preferred_until);
    if (own.state == State::tentative || own.state == State::optimistic) next = std::min(next, own.tested);
  }
  for (auto& on_link : prefixes_) {
    if (on_link.length != 0 && on_link.until <= now) on_link.length = 0;
    if (on_link.length != 0) next = std::min(next, on_link.until);
  }
  for (auto& router : routers_) {
    if (is_unspecified(router.address)) continue;
    if (router.until <= now) {
      next_hops_.unpin(router.address);
      router.address = {};
    } else {
      next = std::min(next, router.until);
    }
  }
  due_ = next == forever ? std::nullopt : std::optional{next};
}

void Ipv6Host::set_router(const wire::Ipv6Address& address, Instant until, Instant now) {
  Router* place = nullptr;
  for (auto& router : routers_) {
    const bool is_it = router.address == address;
    if (is_it || (place == nullptr && is_unspecified(router.address))) place = &router;
    if (is_it) break;
  }
  if (place == nullptr) {
    ++counters_.full;
    return;
  }
  if (is_unspecified(place->address) && until <= now) return;
  *place = {address, until};
  next_hops_.pin(address);
}

void Ipv6Host::set_on_link(const wire::Ipv6Address& prefix, std::uint8_t length, Instant until, Instant now) {
  OnLink* place = nullptr;
  for (auto& on_link : prefixes_) {
    const bool is_it = on_link.length == length && common_bits(on_link.prefix, prefix) >= length;
    if (is_it || (place == nullptr && on_link.length == 0)) place = &on_link;
    if (is_it) break;
  }
  if (place == nullptr) {
    ++counters_.full;
  } else if (place->length != 0 || until > now) {
    *place = {prefix, length, until};
  }
}

void Ipv6Host::take_prefix(ConstBytes option, Instant now) {
  constexpr std::uint8_t flag_on_link = 0x80, flag_autonomous = 0x40;
  const auto length = load_u8(option, 2);
  const auto flags = load_u8(option, 3);
  const auto prefix = wire::load_ipv6(option, 16);
  if (length == 0 || length > 128 || is_link_local(prefix) || is_multicast(prefix)) return;
  auto valid = after(now, load_be32(option, 4));
  const auto preferred = after(now, load_be32(option, 8));
  if ((flags & flag_on_link) != 0) set_on_link(prefix, length, valid, now);
  if ((flags & flag_autonomous) == 0 || length != 64 || preferred > valid) return;
  const auto address = formed(prefix);
  auto* const own = address_of(address);
  if (own == nullptr) {
    if (valid > now) add_address(address, preferred, valid);
    return;
  }
  // RFC 4862 section 5.5.3 e: nobody can take an address away at once, by a lifetime of seconds.
  own->preferred_until = preferred;
  if (valid <= now + two_hours && valid <= own->valid_until) {
    valid = std::min(own->valid_until, now + two_hours);
  }
  own->valid_until = valid;
}

void Ipv6Host::take_router(const wire::Ipv6View& packet, Instant now) {
  const auto message = packet.payload();
  const auto parsed = wire::RouterAdvertisementView::parse(message);
  if (!parsed) {
    ++counters_.refused;
    return;
  }
  const auto& advertisement = *parsed;
  ++counters_.advertisements;
  solicitations_ = solicitations_max;
  if (advertisement.hop_limit().value() != 0) hop_limit_ = advertisement.hop_limit().value();
  const auto mtu = advertisement.mtu();
  if (mtu && *mtu >= ipv6_mtu_min && *mtu <= 1500) mtu_ = static_cast<std::uint16_t>(*mtu);
  set_router(packet.source(), now + second * advertisement.lifetime_s(), now);
  if (const auto mac = advertisement.link_address()) next_hops_.hear(packet.source(), *mac, now);
  auto options = message.subspan(wire::router_advertisement_bytes);
  for (unsigned i = 0; i < prefix_options_max && !options.empty(); ++i) {
    const auto option = options.first(load_u8(options, 1) * std::size_t{8});
    options = options.subspan(option.size());
    if (load_u8(option, 0) == wire::ndp_option::prefix_information && option.size() == wire::ndp_prefix_option_bytes)
      take_prefix(option, now);
  }
  expire(now);  // a lifetime of 0 ends it at once
  due_ = Instant{};
}

void Ipv6Host::take_advertisement(const wire::NeighborView& message, const wire::MacAddress& sender, Instant now) {
  const auto target = message.target();
  if (auto* const own = address_of(target)) {
    if (sender == mac_) return;
    ++counters_.conflicts;
    if (own->state == State::tentative) own->state = State::duplicate;
    return;
  }
  const auto known = next_hops_.find(target);
  const auto told = message.link_address();
  if (!told && !known.has_mac()) return;
  const auto mac = told.value_or(known.mac);
  if (message.is_solicited()) {
    next_hops_.confirm(target, mac, now);
  } else {
    next_hops_.doubt(target, mac, now);
  }
}

std::optional<ConstBytes> Ipv6Host::take_solicitation(const wire::NeighborView& message,
                                                      const wire::Ipv6Address& source, const wire::MacAddress& sender,
                                                      MutableBytes out, Instant now) {
  auto* const own = address_of(message.target());
  if (own == nullptr || sender == mac_) return std::nullopt;
  if (is_unspecified(source)) ++counters_.conflicts;  // somebody tests whether it may use our address
  if (is_unspecified(source) && own->state == State::tentative) own->state = State::duplicate;
  if (!own->is_usable()) return std::nullopt;
  ++counters_.solicitations_answered;
  if (is_unspecified(source)) return neighbor_advertisement(out, mac_, {.target = own->address});
  const auto told = message.link_address();
  if (told && next_hop(source) == source) next_hops_.hear(source, *told, now);
  return neighbor_advertisement(out, mac_,
                                {.target = own->address,
                                 .destination = source,
                                 .to = sender,
                                 .is_solicited = true,
                                 .is_override = own->state == State::preferred});
}

std::optional<ConstBytes> Ipv6Host::take(const wire::Ipv6View& packet, const wire::MacAddress& sender, MutableBytes out,
                                         Instant now) {
  if (!is_on_) return std::nullopt;
  const auto type = load_u8(packet.payload(), 0);
  if (type == wire::icmp6::router_solicitation) return std::nullopt;  // a router's business
  if (!is_credible(packet)) {
    ++counters_.refused;
    return std::nullopt;
  }
  if (type == wire::icmp6::router_advertisement) {
    if (!is_static_) take_router(packet, now);
    return std::nullopt;
  }
  const auto neighbor = wire::NeighborView::parse(packet.payload()).value();
  if (neighbor.is_advertisement()) {
    take_advertisement(neighbor, sender, now);
    return std::nullopt;
  }
  return take_solicitation(neighbor, packet.source(), sender, out, now);
}

}  // namespace utnt::unikernel
