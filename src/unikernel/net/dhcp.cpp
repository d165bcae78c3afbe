// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/dhcp.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::unikernel {
namespace {

// RFC 2131 section 2, figure 1: offsets in the message.
constexpr std::size_t at_transaction = 4, at_seconds = 8, at_flags = 10, at_client_address = 12, at_your_address = 16;
constexpr std::size_t at_hardware = 28, at_cookie = 236;
constexpr std::size_t at_options = 240;
constexpr std::uint32_t cookie = 0x6382'5363;
constexpr std::uint16_t broadcast_flag = 0x8000;
constexpr Port server_port{67}, client_port{68};
constexpr Duration second{1'000'000'000};
constexpr Instant never{std::numeric_limits<std::int64_t>::max()};
constexpr wire::Ipv4Address everybody{0xffff'ffffU};

/// An address that one host may have.
bool is_host(wire::Ipv4Address address) {
  const auto top = address.value() >> 24;
  return top != 0 && top != 127 && top < 224;
}

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
  renewal_time = 58,
  rebinding_time = 59,
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
  std::uint32_t seconds{0}, renewal{0}, rebinding{0};
  bool is_rapid{false};
};

/// False: there will be no further attempt.
bool DhcpClient::begin_attempt(Instant now) {
  if (attempts_ == attempts_max) {
    state_ = State::over;
    return false;
  }
  if (attempts_ == 0 && state_ == State::selecting) exchange_ = now;
  // RFC 2131 section 4.1 doubles from 4 s; a run that lasts seconds begins sooner: 0.25, 0.5, 1, 2, 4 s. Up to an
  // eighth more, so that a hundred images that were started together do not ask together.
  constexpr Duration first_wait{250'000'000};
  const auto wait = first_wait * (std::int64_t{1} << attempts_);
  const auto lot = transaction_ * 0x9e37'79b9U >> 24;
  next_ = now + wait + wait / 8 * lot / 256;
  ++attempts_;
  return true;
}

/// RFC 2131 section 4.4.5: the server that gave the lease, then all of them, then it is over.
bool DhcpClient::begin_renewal(Instant now) {
  if (now >= end_) {
    state_ = State::over;
    return false;
  }
  if (state_ == State::bound) {
    ++transaction_;
    exchange_ = now;
  }
  state_ = now >= rebind_ ? State::rebinding : State::renewing;
  const auto limit = state_ == State::rebinding ? end_ : rebind_;
  next_ = std::min(limit, now + std::max(second * 60, (limit - now) / 2));
  return true;
}

std::optional<ConstBytes> DhcpClient::poll(MutableBytes out, Instant now) {
  if (state_ == State::over || next_ > now) return std::nullopt;
  if (!(is_leased() ? begin_renewal(now) : begin_attempt(now))) return std::nullopt;
  sent_ = now;
  return write_message(out);
}

std::size_t DhcpClient::write_options(MutableBytes out) const {
  const auto& m = mac_.octets;
  OptionWriter options{out};
  options.add(message_type, {static_cast<std::uint8_t>(state_ == State::selecting ? discover : request)})
      .add(client_identifier, {1, m[0], m[1], m[2], m[3], m[4], m[5]})
      .add(parameter_list,
           {subnet_mask, router, interface_mtu, lease_time, renewal_time, rebinding_time, classless_routes})
      .add(message_size, {1500 >> 8, 1500 & 0xff});
  if (state_ == State::selecting) options.add(rapid_commit, {});
  if (state_ == State::requesting) options.add(requested_address, offered_).add(server_identifier, server_);
  return options.finish();
}

ConstBytes DhcpClient::write_message(MutableBytes out) const {
  UTNT_ASSERT(out.size() >= frame_bytes_min);
  fill_zero(out.first(frame_bytes_min));
  constexpr std::size_t at_ip = wire::ethernet_header_bytes, at_udp = at_ip + wire::ipv4_header_bytes;
  const auto message = out.subspan(at_udp + wire::udp_header_bytes);
  store_u8(message, 0, 1);  // BOOTREQUEST
  store_u8(message, 1, 1);  // Ethernet
  store_u8(message, 2, 6);
  store_be32(message, at_transaction, transaction_);
  const auto elapsed = (sent_ - exchange_) / second.ns();
  store_be16(message, at_seconds, static_cast<std::uint16_t>(std::min<std::int64_t>(elapsed.ns(), 0xffff)));
  const auto own = is_leased() ? lease_->address : wire::Ipv4Address{};
  if (!is_leased()) store_be16(message, at_flags, broadcast_flag);
  store_be32(message, at_client_address, own.value());
  wire::store_mac(message, at_hardware, mac_);
  store_be32(message, at_cookie, cookie);
  const auto udp_bytes = wire::udp_header_bytes + at_options + write_options(message.subspan(at_options));
  const auto to = state_ == State::renewing ? server_ : everybody;
  wire::write_udp_header(out.subspan(at_udp, udp_bytes), {.source = client_port, .destination = server_port}, own, to);
  const auto ip_bytes = static_cast<std::uint16_t>(wire::ipv4_header_bytes + udp_bytes);
  wire::write_ipv4_header(
      out.subspan(at_ip),
      {.total_length = ip_bytes, .ttl = Ttl{64}, .protocol = wire::protocol::udp, .source = own, .destination = to});
  wire::write_ethernet_header(out,
                              {.destination = wire::mac_broadcast, .source = mac_, .ethertype = wire::ethertype::ipv4});
  return out.first(at_ip + ip_bytes);
}

std::optional<Instant> DhcpClient::deadline() const {
  if (state_ == State::over || next_ == never) return std::nullopt;
  return next_;
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
      const auto mask = load_be32(value, 0);
      found.prefix_length = static_cast<std::uint8_t>(std::countl_one(mask));
      if (mask == 0 || std::countl_one(mask) + std::countr_zero(mask) != 32) return std::nullopt;
    }
    if (code == router && length >= 4) found.router_address = wire::Ipv4Address{load_be32(value, 0)};
    if (code == interface_mtu && length == 2) found.mtu = load_be16(value, 0);
    if (code == lease_time && length == 4) found.seconds = load_be32(value, 0);
    if (code == renewal_time && length == 4) found.renewal = load_be32(value, 0);
    if (code == rebinding_time && length == 4) found.rebinding = load_be32(value, 0);
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

/// The DHCP message of a frame when it is an answer to this client; else empty. The UDP checksum is not looked at:
/// servers on the same machine leave it to hardware that frames between virtual interfaces never see.
ConstBytes DhcpClient::message_of(ConstBytes frame) const {
  const auto ethernet = wire::EthernetView::parse(frame);
  if (!ethernet || load_be16(frame, 12) != wire::ethertype::ipv4) return {};
  const auto packet = wire::Ipv4View::parse(frame.subspan(wire::ethernet_header_bytes));
  if (!packet) return {};
  const auto& ip = *packet;
  if (ip.protocol() != wire::protocol::udp || ip.fragment_offset() != 0 || ip.more_fragments()) return {};
  const auto datagram = wire::UdpView::parse(ip.payload());
  if (!datagram) return {};
  const auto& udp = *datagram;
  if (udp.source() != server_port || udp.destination() != client_port) return {};
  const auto message = udp.payload().first(udp.length() - wire::udp_header_bytes);
  constexpr std::uint8_t reply = 2;
  if (message.size() <= at_options || load_u8(message, 0) != reply || load_be32(message, at_cookie) != cookie ||
      load_be32(message, at_transaction) != transaction_ || wire::load_mac(message, at_hardware) != mac_) {
    return {};
  }
  return message;
}

bool DhcpClient::take(ConstBytes frame) {
  if (state_ == State::bound || state_ == State::over || attempts_ == 0) return false;
  const auto message = message_of(frame);
  if (message.empty()) return false;
  const auto options = read_options(message.subspan(at_options));
  return options && take_message(wire::Ipv4Address{load_be32(message, at_your_address)}, *options);
}

bool DhcpClient::take_message(wire::Ipv4Address yours, const Options& options) {
  const bool is_of_server = options.server == server_;
  switch (state_) {
    case State::selecting:
      if (!is_host(yours) || !is_host(options.server)) return false;
      if (options.type == ack && options.is_rapid) {
        take_lease(yours, options);
        return true;
      }
      if (options.type != offer) return false;
      state_ = State::requesting;
      offered_ = yours;
      server_ = options.server;
      attempts_ = 0;
      next_ = {};
      return true;
    case State::requesting:
      if (!is_of_server) return false;
      if (options.type == nak) {
        take_refusal();
        return true;
      }
      break;
    default:
      if (options.type == nak && (is_of_server || state_ == State::rebinding)) {
        state_ = State::over;
        return true;
      }
      if (yours != lease_->address) return false;
      break;
  }
  if (options.type != ack || !is_host(yours)) return false;
  take_lease(yours, options);
  return true;
}

/// A server that takes back what it has just offered may do so for ever.
void DhcpClient::take_refusal() {
  state_ = ++refusals_ < refusals_max ? State::selecting : State::over;
  attempts_ = 0;
  next_ = sent_ + second;
}

void DhcpClient::take_lease(wire::Ipv4Address address, const Options& options) {
  constexpr std::uint32_t infinite = 0xffff'ffffU;
  constexpr std::uint16_t mtu_min = 68;  // RFC 2132 section 5.1
  const auto gateway = options.default_route.value_or(options.router_address);
  lease_ = DhcpLease{.address = address,
                     .prefix_length = options.prefix_length,
                     .gateway = is_host(gateway) && gateway != address ? gateway : wire::Ipv4Address{},
                     .mtu = options.mtu < mtu_min ? std::uint16_t{0} : options.mtu,
                     .seconds = options.seconds};
  server_ = options.server;
  state_ = State::bound;
  if (options.seconds == 0 || options.seconds == infinite) {
    next_ = never;
    return;
  }
  const auto all = second * options.seconds;
  const bool are_given =
      options.renewal != 0 && options.renewal < options.rebinding && options.rebinding < options.seconds;
  end_ = sent_ + all;
  rebind_ = sent_ + (are_given ? second * options.rebinding : all / 8 * 7);
  next_ = sent_ + (are_given ? second * options.renewal : all / 2);
}

}  // namespace utnt::unikernel
