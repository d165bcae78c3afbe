// SPDX-License-Identifier: BSD-2-Clause
// The IP edge and the DHCP client on a hostile link: a run of frames, packets and pauses. Whatever comes, what the edge
// sends is well formed and its gateway stays in use.
//   input: one byte of options, then entries that begin with a byte: 249 options of a DHCP reply behind their length,
//   250 an ICMPv6 message behind a byte that says from whom to whom, and its length; 251 a pause in quarters of a
//   second, 252 a packet to send, 253 a frame behind its length of two bytes, anything else a frame of so many bytes
#include <algorithm>
#include <array>
#include <memory>

#include "fuzz/fuzz_input.hpp"
#include "unikernel/net/dhcp.hpp"
#include "unikernel/net/edge.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"
#include "wire/ndp.hpp"
#include "wire/udp.hpp"

namespace utnt::unikernel {
namespace {

constexpr wire::MacAddress own_mac{{0x02, 0, 0, 0, 0, 1}}, router_mac{{0x02, 0, 0, 0, 0, 0xfe}};
constexpr wire::Ipv4Address own{192, 0, 2, 1}, far{198, 51, 100, 9};

EdgeConfig config_of(unsigned options) {
  EdgeConfig config;
  config.mac = own_mac;
  config.address = own;
  config.gateway = wire::Ipv4Address{192, 0, 2, 254};
  if ((options & 1) != 0) config.gateway_mac = router_mac;
  config.ipv6.is_on = (options & 2) != 0;
  config.ipv6.waits_for_dad = (options & 4) != 0;
  config.wants_fragments = (options & 8) != 0;
  if ((options & 16) != 0) config.ipv6.address = {{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  if ((options & 32) != 0) config.gateway = {};
  return config;
}

/// What leaves comes from our hardware address, and is whole.
void check_sent(ConstBytes frame) {
  const auto ethernet = wire::EthernetView::parse(frame);
  UTNT_ASSERT(ethernet.has_value());
  UTNT_ASSERT(ethernet->source() == own_mac);
  fuzz::touch(frame);
  if (ethernet->ethertype() == wire::ethertype::arp) UTNT_ASSERT(wire::ArpView::parse(ethernet->payload()).has_value());
  if (ethernet->ethertype() == wire::ethertype::ipv4)
    UTNT_ASSERT(wire::Ipv4View::parse(ethernet->payload()).has_value());
  if (ethernet->ethertype() != wire::ethertype::ipv6) return;
  const auto ip = wire::Ipv6View::parse(ethernet->payload());
  UTNT_ASSERT(ip.has_value());
  const auto icmp = wire::Icmpv6View::parse(ip->payload());
  if (ip->next_header() == wire::protocol::icmpv6 && icmp)
    UTNT_ASSERT(icmp->checksum_ok(ip->source(), ip->destination()));
}

class Link {
 public:
  explicit Link(unsigned options) : edge_{config_of(options)}, has_given_gateway_{(options & 1) != 0} { poll(); }

  void receive(ConstBytes frame) {
    // A copy of its own size, so that the address sanitizer sees the end.
    const auto copy = std::make_unique<std::byte[]>(frame.size() + 1);
    std::copy(frame.begin(), frame.end(), copy.get());
    const ConstBytes bytes{copy.get(), frame.size()};
    const auto input = edge_.take(bytes, room_, now_);
    if (input.answer) check_sent(*input.answer);
    if (input.packet) {
      fuzz::expect_inside(*input.packet, bytes);
      if (const auto reply = edge_.respond(bytes, room_, now_)) check_sent(*reply);
    }
    client_.take(bytes);
    poll();
  }
  /// Headers and checksum that no fuzzer finds.
  void receive_icmpv6(unsigned way, ConstBytes message) {
    constexpr std::array<wire::Ipv6Address, 4> from{{{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe}},
                                                     {{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}},
                                                     {},
                                                     all_nodes}};
    constexpr wire::Ipv6Address own_local{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 1}};
    const std::array<wire::Ipv6Address, 4> to{all_nodes,
                                              wire::solicited_node_group(own_local),
                                              own_local,
                                              {{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 1}}};
    const auto source = from.at(way & 3), destination = to.at(way >> 2 & 3);
    std::array<std::byte, 14 + 40 + 256> frame{};
    const auto body = MutableBytes{frame}.subspan(54, message.size());
    copy_bytes(body, message);
    if (body.size() >= 4) store_be16(body, 2, 0);
    if (body.size() >= 8) wire::seal_icmpv6(body, source, destination);
    wire::write_ethernet_header(frame, {.destination = own_mac, .source = router_mac, .ethertype = 0x86dd});
    wire::write_ipv6_header(MutableBytes{frame}.subspan(14),
                            {.payload_length = static_cast<std::uint16_t>(body.size()),
                             .next_header = 58,
                             .hop_limit = Ttl{static_cast<std::uint8_t>((way & 0x80) != 0 ? 64 : 255)},
                             .source = source,
                             .destination = destination});
    receive(ConstBytes{frame}.first(54 + body.size()));
  }
  void receive_dhcp(ConstBytes options) {
    std::array<std::byte, 14 + 28 + 240 + 256> frame{};
    const auto message = MutableBytes{frame}.subspan(42, 240 + options.size());
    store_u8(message, 0, 2);
    store_be32(message, 4, transaction + renewals_);
    store_be32(message, 16, own.value());
    wire::store_mac(message, 28, own_mac);
    store_be32(message, 236, 0x6382'5363);
    copy_bytes(message.subspan(240), options);
    const wire::Ipv4Address server{192, 0, 2, 253};
    wire::write_udp_header(MutableBytes{frame}.subspan(34, 8 + message.size()),
                           {.source = Port{67}, .destination = Port{68}}, server, own);
    const auto length = static_cast<std::uint16_t>(28 + message.size());
    wire::write_ipv4_header(MutableBytes{frame}.subspan(14),
                            {.total_length = length, .protocol = 17, .source = server, .destination = own});
    wire::write_ethernet_header(frame, {.destination = own_mac, .source = router_mac, .ethertype = 0x0800});
    receive(ConstBytes{frame}.first(14U + length));
  }
  void pause(unsigned quarters) {
    const auto end = now_ + Duration{250'000'000} * quarters;
    for (unsigned steps = 0; edge_.deadline() && *edge_.deadline() <= end; ++steps) {
      UTNT_ASSERT(steps < 100'000);  // time goes on
      now_ = std::max(now_, *edge_.deadline());
      poll();
    }
    now_ = end;
  }
  void send(ConstBytes header) {
    std::array<std::byte, 14 + 48> frame{};
    copy_bytes(MutableBytes{frame}.subspan(14), header.first(std::min<std::size_t>(header.size(), 48)));
    if (edge_.address(frame) == Edge::Sending::now) UTNT_ASSERT(wire::load_mac(frame, 6) == own_mac);
    wire::write_ipv4_header(MutableBytes{frame}.subspan(14), {.total_length = 48, .source = own, .destination = far});
    const auto sending = edge_.address(frame);
    if (has_given_gateway_) UTNT_ASSERT(sending == Edge::Sending::now && wire::load_mac(frame, 0) == router_mac);
    poll();
  }

 private:
  void poll() {
    unsigned frames = 0;
    while (const auto frame = edge_.poll(room_, now_)) {
      UTNT_ASSERT(++frames < 1000);
      UTNT_ASSERT(wire::load_mac(*frame, 6) == own_mac);
    }
    if (edge_.deadline()) UTNT_ASSERT(*edge_.deadline() > now_);
    if (const auto message = client_.poll(room_, now_)) {
      check_sent(*message);
      renewals_ = load_be32(*message, 42 + 4) - transaction;
    }
  }

  static constexpr std::uint32_t transaction = 0x0102'0304;
  Edge edge_;
  DhcpClient client_{own_mac, transaction};
  std::uint32_t renewals_{0};
  std::array<std::byte, frame_bytes_max> room_{};
  Instant now_{};
  bool has_given_gateway_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = fuzz::input_bytes(data, size);
  if (input.empty()) return 0;
  const auto link = std::make_unique<Link>(load_u8(input, 0));
  input = input.subspan(1);
  const auto take = [&input](std::size_t bytes) {
    const auto part = input.first(std::min(bytes, input.size()));
    input = input.subspan(part.size());
    return part;
  };
  while (!input.empty()) {
    const unsigned entry = load_u8(take(1), 0);
    if (entry == 249) {
      const auto length = take(1);
      link->receive_dhcp(take(length.empty() ? 0 : load_u8(length, 0)));
    } else if (entry == 250) {
      const auto head = take(2);
      if (head.size() == 2) link->receive_icmpv6(load_u8(head, 0), take(load_u8(head, 1)));
    } else if (entry == 251) {
      const auto quarters = take(1);
      link->pause(quarters.empty() ? 1 : load_u8(quarters, 0));
    } else if (entry == 252) {
      link->send(take(48));
    } else if (entry == 253) {
      const auto length = take(2);
      link->receive(take(length.size() == 2 ? load_be16(length, 0) % frame_bytes_max : 0));
    } else {
      link->receive(take(entry));
    }
  }
  return 0;
}

}  // namespace utnt::unikernel
