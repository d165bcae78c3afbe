// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/dhcp.hpp"

#include <bit>

#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::unikernel {
namespace {

// RFC 2131 section 2, figure 1: offsets in the message.
constexpr std::size_t at_transaction = 4, at_flags = 10, at_your_address = 16, at_hardware = 28, at_cookie = 236;
constexpr std::size_t at_options = 240;
constexpr std::uint32_t cookie = 0x6382'5363;
constexpr std::uint16_t broadcast_flag = 0x8000;
constexpr Port server_port{67}, client_port{68};

// RFC 2132: codes of the options; 121 is of RFC 3442, 80 of RFC 4039.
enum Code : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  router = 3,
  interface_mtu = 26,
  requested_address = 50,
  lease_time = 51,
  message_type = 53,
  server_identifier = 54,
  parameter_list = 55,
  message_size = 57,
  client_identifier = 61,
  rapid_commit = 80,
  classless_routes = 121,
  end = 255,
};
enum Type : std::uint8_t { discover = 1, offer = 2, request = 3, ack = 5, nak = 6 };

class OptionWriter {
 public:
  explicit OptionWriter(MutableBytes out) : out_{out} {}
  OptionWriter& add(Code code, std::initializer_list<std::uint8_t> value) {
    store_u8(out_, at_++, code);
    store_u8(out_, at_++, static_cast<std::uint8_t>(value.size()));
    for (const auto byte : value) store_u8(out_, at_++, byte);
    return *this;
  }
  OptionWriter& add(Code code, wire::Ipv4Address address) {
    const auto v = address.value();
    return add(code, {static_cast<std::uint8_t>(v >> 24), static_cast<std::uint8_t>(v >> 16 & 0xff),
                      static_cast<std::uint8_t>(v >> 8 & 0xff), static_cast<std::uint8_t>(v & 0xff)});
  }
  std::size_t finish() {
    store_u8(out_, at_++, end);
    return at_;
  }

 private:
  MutableBytes out_;
  std::size_t at_{0};
};

}  // namespace

struct DhcpClient::Options {
  std::uint8_t type{0};
  std::uint8_t prefix_length{32};
  wire::Ipv4Address server{};
  wire::Ipv4Address router_address{};
  std::optional<wire::Ipv4Address> default_route;  ///< of the classless routes, which override the router
  std::uint16_t mtu{0};
  std::uint32_t seconds{0};
  bool is_rapid{false};
};

std::optional<ConstBytes> DhcpClient::poll(MutableBytes out, Instant now) {
  if (lease_ || has_failed() || (next_ && *next_ > now)) return std::nullopt;
  // RFC 2131 section 4.1 doubles from 4 s; a run that lasts seconds begins sooner: 0.25, 0.5, 1, 2, 4 s.
  constexpr Duration first_wait{250'000'000};
  next_ = now + first_wait * (std::int64_t{1} << attempts_);
  if (++attempts_ > attempts_max) return std::nullopt;
  UTNT_ASSERT(out.size() >= frame_bytes_min);
  fill_zero(out.first(frame_bytes_min));
  constexpr std::size_t at_ip = wire::ethernet_header_bytes, at_udp = at_ip + wire::ipv4_header_bytes;
  const auto message = out.subspan(at_udp + wire::udp_header_bytes);
  store_u8(message, 0, 1);  // BOOTREQUEST
  store_u8(message, 1, 1);  // Ethernet
  store_u8(message, 2, 6);
  store_be32(message, at_transaction, transaction_);
  store_be16(message, at_flags, broadcast_flag);
  wire::store_mac(message, at_hardware, mac_);
  store_be32(message, at_cookie, cookie);
  const auto& m = mac_.octets;
  OptionWriter options{message.subspan(at_options)};
  options.add(message_type, {static_cast<std::uint8_t>(has_offer_ ? request : discover)})
      .add(client_identifier, {1, m[0], m[1], m[2], m[3], m[4], m[5]})
      .add(parameter_list, {subnet_mask, router, interface_mtu, lease_time, classless_routes})
      .add(message_size, {1500 >> 8, 1500 & 0xff});
  if (has_offer_) {
    options.add(requested_address, offered_).add(server_identifier, server_);
  } else {
    options.add(rapid_commit, {});
  }
  const auto udp_bytes = wire::udp_header_bytes + at_options + options.finish();
  const wire::Ipv4Address nobody{}, everybody{0xffff'ffffU};
  wire::write_udp_header(out.subspan(at_udp, udp_bytes), {.source = client_port, .destination = server_port}, nobody,
                         everybody);
  const auto ip_bytes = static_cast<std::uint16_t>(wire::ipv4_header_bytes + udp_bytes);
  wire::write_ipv4_header(out.subspan(at_ip), {.total_length = ip_bytes,
                                               .ttl = Ttl{64},
                                               .protocol = wire::protocol::udp,
                                               .source = nobody,
                                               .destination = everybody});
  wire::write_ethernet_header(out,
                              {.destination = wire::mac_broadcast, .source = mac_, .ethertype = wire::ethertype::ipv4});
  return out.first(at_ip + ip_bytes);
}

std::optional<Instant> DhcpClient::deadline() const {
  if (lease_ || has_failed()) return std::nullopt;
  return next_ ? *next_ : Instant{};
}

std::optional<DhcpClient::Options> DhcpClient::read_options(ConstBytes bytes) {
  Options found;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto code = load_u8(bytes, at++);
    if (code == pad) continue;
    if (code == end) return found;
    if (at == bytes.size()) return std::nullopt;
    const std::size_t length = load_u8(bytes, at++);
    if (bytes.size() - at < length) return std::nullopt;
    const auto value = bytes.subspan(at, length);
    at += length;
    if (code == message_type && length == 1) found.type = load_u8(value, 0);
    if (code == subnet_mask && length == 4) {
      found.prefix_length = static_cast<std::uint8_t>(std::countl_one(load_be32(value, 0)));
    }
    if (code == router && length >= 4) found.router_address = wire::Ipv4Address{load_be32(value, 0)};
    if (code == interface_mtu && length == 2) found.mtu = load_be16(value, 0);
    if (code == lease_time && length == 4) found.seconds = load_be32(value, 0);
    if (code == server_identifier && length == 4) found.server = wire::Ipv4Address{load_be32(value, 0)};
    if (code == rapid_commit) found.is_rapid = true;
    if (code != classless_routes) continue;
    // RFC 3442: width of the destination, its significant octets, the router.
    for (std::size_t i = 0; i < length;) {
      const std::size_t width = load_u8(value, i);
      const std::size_t octets = (width + 7) / 8;
      if (width > 32 || length - i < 1 + octets + 4) break;
      if (width == 0) found.default_route = wire::Ipv4Address{load_be32(value, i + 1)};
      i += 1 + octets + 4;
    }
  }
  return std::nullopt;  // the end option is missing: the message was cut
}

bool DhcpClient::take(ConstBytes frame) {
  const auto ethernet = wire::EthernetView::parse(frame);
  if (lease_ || !ethernet || ethernet->ethertype() != wire::ethertype::ipv4) return false;
  const auto ip = wire::Ipv4View::parse(ethernet->payload());
  if (!ip || ip->protocol() != wire::protocol::udp || ip->fragment_offset() != 0 || ip->more_fragments()) return false;
  const auto udp = wire::UdpView::parse(ip->payload());
  if (!udp || udp->source() != server_port || udp->destination() != client_port) return false;
  const auto message = udp->payload();
  constexpr std::uint8_t reply = 2;
  if (message.size() <= at_options || load_u8(message, 0) != reply || load_be32(message, at_cookie) != cookie ||
      load_be32(message, at_transaction) != transaction_ || wire::load_mac(message, at_hardware) != mac_) {
    return false;
  }
  const auto options = read_options(message.subspan(at_options));
  if (!options) return false;
  const wire::Ipv4Address yours{load_be32(message, at_your_address)};
  if (options->type == offer && !has_offer_) {
    has_offer_ = true;
    offered_ = yours;
    server_ = options->server;
    attempts_ = 0;
    next_.reset();
  } else if (options->type == ack && (has_offer_ || options->is_rapid)) {
    take_lease(yours, *options);
  } else if (options->type == nak && has_offer_) {
    has_offer_ = false;
    attempts_ = 0;
    next_.reset();
  } else {
    return false;
  }
  return true;
}

void DhcpClient::take_lease(wire::Ipv4Address address, const Options& options) {
  lease_ = DhcpLease{.address = address,
                     .prefix_length = options.prefix_length,
                     .gateway = options.default_route.value_or(options.router_address),
                     .mtu = options.mtu,
                     .seconds = options.seconds};
}

}  // namespace utnt::unikernel
