// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ndp.hpp"

#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t option_unit_bytes = 8;
constexpr std::uint8_t on_link_and_autonomous = 0xc0, autonomous = 0x40;
constexpr std::uint32_t infinite_s = 0xffff'ffffU;

/// Bytes of the option at the front of `options`; 0 when it has no length or goes past the end.
std::size_t option_bytes(ConstBytes options) {
  if (options.size() < option_unit_bytes) return 0;
  const auto bytes = load_u8(options, 1) * option_unit_bytes;
  return bytes <= options.size() ? bytes : 0;
}

Result<void> check_message(ConstBytes message, std::size_t header_bytes) {
  if (message.size() < header_bytes) return Fail{Error::truncated};
  if (load_u8(message, 1) != 0) return Fail{Error::malformed};
  for (auto options = message.subspan(header_bytes); !options.empty();) {
    const auto bytes = option_bytes(options);
    if (bytes == 0) return Fail{Error::malformed};
    options = options.subspan(bytes);
  }
  return {};
}

/// The first option of `type` with at least `bytes_min` bytes; empty when there is none. `options` were checked.
ConstBytes find_option(ConstBytes options, std::uint8_t type, std::size_t bytes_min) {
  while (!options.empty()) {
    const auto bytes = option_bytes(options);
    UTNT_ASSERT(bytes != 0);
    if (load_u8(options, 0) == type && bytes >= bytes_min) return options.first(bytes);
    options = options.subspan(bytes);
  }
  return {};
}

std::optional<MacAddress> find_link_address(ConstBytes options, std::uint8_t type) {
  const auto option = find_option(options, type, ndp_link_option_bytes);
  if (option.empty()) return std::nullopt;
  return load_mac(option, 2);
}

void write_link_option(MutableBytes option, std::uint8_t type, const MacAddress& mac) {
  store_u8(option, 0, type);
  store_u8(option, 1, 1);
  store_mac(option, 2, mac);
}

Ipv6Address without_host_bits(Ipv6Address address, std::uint8_t length) {
  for (std::size_t bit = length; bit < 128; ++bit) {
    auto& octet = address.octets[bit / 8];
    octet = static_cast<std::uint8_t>(octet & ~(0x80U >> (bit % 8)));
  }
  return address;
}

}  // namespace

Result<NeighborView> NeighborView::parse(ConstBytes message) {
  if (message.empty()) return Fail{Error::truncated};
  const auto type = load_u8(message, 0);
  if (type != icmp6::neighbor_solicitation && type != icmp6::neighbor_advertisement) return Fail{Error::unsupported};
  UTNT_CHECK(check_message(message, neighbor_message_bytes));
  return NeighborView{message};
}

bool NeighborView::is_advertisement() const { return load_u8(bytes_, 0) == icmp6::neighbor_advertisement; }

Ipv6Address NeighborView::target() const { return load_ipv6(bytes_, 8); }

std::optional<MacAddress> NeighborView::link_address() const {
  const auto type = is_advertisement() ? ndp_option::target_link_address : ndp_option::source_link_address;
  return find_link_address(bytes_.subspan(neighbor_message_bytes), type);
}

Result<RouterAdvertisementView> RouterAdvertisementView::parse(ConstBytes message) {
  if (message.empty()) return Fail{Error::truncated};
  if (load_u8(message, 0) != icmp6::router_advertisement) return Fail{Error::unsupported};
  UTNT_CHECK(check_message(message, router_advertisement_bytes));
  return RouterAdvertisementView{message};
}

std::optional<MacAddress> RouterAdvertisementView::link_address() const {
  return find_link_address(bytes_.subspan(router_advertisement_bytes), ndp_option::source_link_address);
}

std::optional<std::uint32_t> RouterAdvertisementView::mtu() const {
  const auto option = find_option(bytes_.subspan(router_advertisement_bytes), ndp_option::mtu, ndp_mtu_option_bytes);
  if (option.empty()) return std::nullopt;
  return load_be32(option, 4);
}

std::optional<Prefix> RouterAdvertisementView::autonomous_prefix() const {
  auto options = bytes_.subspan(router_advertisement_bytes);
  for (;;) {
    const auto option = find_option(options, ndp_option::prefix_information, ndp_prefix_option_bytes);
    if (option.empty()) return std::nullopt;
    const auto length = load_u8(option, 2);
    if ((load_u8(option, 3) & autonomous) != 0 && length <= 128) {
      return Prefix{without_host_bits(load_ipv6(option, 16), length), length};
    }
    const auto behind = static_cast<std::size_t>(option.data() + option.size() - options.data());
    options = options.subspan(behind);
  }
}

MutableBytes write_neighbor(MutableBytes out, const NeighborFields& fields, const Ipv6Address& source,
                            const Ipv6Address& destination) {
  const auto message = out.first(neighbor_message_bytes + ndp_link_option_bytes);
  fill_zero(message);
  store_u8(message, 0, fields.is_advertisement ? icmp6::neighbor_advertisement : icmp6::neighbor_solicitation);
  if (fields.is_advertisement) {
    const unsigned flags =
        (fields.is_router ? 0x80U : 0U) | (fields.is_solicited ? 0x40U : 0U) | (fields.is_override ? 0x20U : 0U);
    store_u8(message, 4, static_cast<std::uint8_t>(flags));
  }
  store_ipv6(message, 8, fields.target);
  const auto type = fields.is_advertisement ? ndp_option::target_link_address : ndp_option::source_link_address;
  write_link_option(message.subspan(neighbor_message_bytes), type, fields.link_address);
  seal_icmpv6(message, source, destination);
  return message;
}

MutableBytes write_router_advertisement(MutableBytes out, const RouterAdvertisementFields& fields,
                                        const Ipv6Address& source, const Ipv6Address& destination) {
  const auto message =
      out.first(router_advertisement_bytes + ndp_link_option_bytes + ndp_mtu_option_bytes + ndp_prefix_option_bytes);
  fill_zero(message);
  store_u8(message, 0, icmp6::router_advertisement);
  store_u8(message, 4, fields.hop_limit.value());
  store_be16(message, 6, fields.lifetime_s);
  auto option = message.subspan(router_advertisement_bytes);
  write_link_option(option, ndp_option::source_link_address, fields.link_address);
  option = option.subspan(ndp_link_option_bytes);
  store_u8(option, 0, ndp_option::mtu);
  store_u8(option, 1, ndp_mtu_option_bytes / option_unit_bytes);
  store_be32(option, 4, fields.mtu);
  option = option.subspan(ndp_mtu_option_bytes);
  store_u8(option, 0, ndp_option::prefix_information);
  store_u8(option, 1, ndp_prefix_option_bytes / option_unit_bytes);
  store_u8(option, 2, fields.prefix.length);
  store_u8(option, 3, on_link_and_autonomous);
  store_be32(option, 4, infinite_s);
  store_be32(option, 8, infinite_s);
  store_ipv6(option, 16, fields.prefix.address.v6());
  seal_icmpv6(message, source, destination);
  return message;
}

Ipv6Address solicited_node_group(const Ipv6Address& target) {
  Ipv6Address group{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  for (std::size_t i = 13; i < 16; ++i) group.octets[i] = target.octets[i];
  return group;
}

MacAddress multicast_mac(const Ipv6Address& group) {
  return {{0x33, 0x33, group.octets[12], group.octets[13], group.octets[14], group.octets[15]}};
}

}  // namespace utnt::wire
