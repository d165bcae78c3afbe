// SPDX-License-Identifier: BSD-2-Clause
// Writes packets of our builders for tshark to judge: good.pcap, expected.txt (first line the field names, then one
// line per frame, made from the inputs and never from the packet), and bad.pcap with packets broken on purpose.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "support/bytes.hpp"
#include "wire/arp.hpp"
#include "wire/icmpv4.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/ndp.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace utnt::wire {
namespace {

using Bytes = std::vector<std::byte>;

constexpr MacAddress mac_a{{2, 0, 0, 0, 0, 0x0a}}, mac_b{{2, 0, 0, 0, 0, 0x0b}};
constexpr Ipv4Address vp{192, 0, 2, 10}, lsr{20, 0, 3, 2}, target{20, 0, 8, 2};
constexpr Port probe_source{40000}, probe_port{33435};

Ipv6Address v6(const char* text) { return parse_address(text)->v6(); }

/// The columns of expected.txt, in this order.
struct Expected {
  std::string ttl{}, hop_limit{}, udp_checksum{}, tcp_port{}, icmp_type{}, icmp6_type{};
  std::string label{}, traffic_class{}, bottom{}, label_ttl{};
  std::string if_index{}, if_ipv4{}, if_ipv6{}, if_name{}, if_mtu{};
  std::string arp_target{}, nd_target_mac{}, echo_checksum{};
};
constexpr const char* columns =
    "ip.ttl ipv6.hlim udp.checksum tcp.dstport icmp.type icmpv6.type icmp.mpls.label icmp.mpls.exp icmp.mpls.s "
    "icmp.mpls.ttl "
    "icmp.int_info.index icmp.int_info.ipv4 icmp.int_info.ipv6 icmp.int_info.name icmp.int_info.mtu arp.dst.proto_ipv4 "
    "icmpv6.opt.linkaddr icmp.checksum";

std::string line_of(const Expected& e) {
  const std::array parts{&e.ttl,        &e.hop_limit,     &e.udp_checksum,  &e.tcp_port, &e.icmp_type,
                         &e.icmp6_type, &e.label,         &e.traffic_class, &e.bottom,   &e.label_ttl,
                         &e.if_index,   &e.if_ipv4,       &e.if_ipv6,       &e.if_name,  &e.if_mtu,
                         &e.arp_target, &e.nd_target_mac, &e.echo_checksum};
  std::string line;
  for (std::size_t i = 0; i < parts.size(); ++i) line += (i > 0 ? "|" : "") + *parts[i];
  return line;
}

std::string hex16(std::uint16_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%04x", value);
  return text;
}

/// Appends classic pcap records (microseconds, Ethernet) to a file.
class Pcap {
 public:
  explicit Pcap(const std::string& path) : out_{path, std::ios::binary} {
    for (const std::uint32_t word : {0xa1b2c3d4U, 0x0004'0002U, 0U, 0U, 65'535U, 1U}) put(word);
  }
  void add(const Bytes& frame) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    for (const std::uint32_t word : {1U, count_++, size, size}) put(word);
    out_.write(reinterpret_cast<const char*>(frame.data()), size);
  }

 private:
  void put(std::uint32_t word) {
    std::array<std::byte, 4> bytes;
    store_le(bytes, 0, 4, word);
    out_.write(reinterpret_cast<const char*>(bytes.data()), 4);
  }
  std::ofstream out_;
  std::uint32_t count_{0};
};

Bytes frame_of(std::uint16_t type, ConstBytes payload) {
  Bytes frame(ethernet_header_bytes + payload.size());
  write_ethernet_header(frame, {mac_b, mac_a, type});
  copy_bytes(MutableBytes{frame}.subspan(ethernet_header_bytes), payload);
  return frame;
}
Bytes ipv4_packet(std::uint8_t protocol_number, Ipv4Address from, Ipv4Address to, Ttl ttl, ConstBytes payload) {
  Bytes packet(ipv4_header_bytes + payload.size());
  write_ipv4_header(packet, {.total_length = static_cast<std::uint16_t>(packet.size()),
                             .id = 7,
                             .dont_fragment = true,
                             .protocol = protocol_number,
                             .source = from,
                             .destination = to});
  set_ipv4_ttl(packet, ttl);  // so that the incremental update is judged as well
  copy_bytes(MutableBytes{packet}.subspan(ipv4_header_bytes), payload);
  return packet;
}
Bytes ipv6_packet(std::uint8_t next_header, const Ipv6Address& from, const Ipv6Address& to, Ttl hop_limit,
                  ConstBytes payload) {
  Bytes packet(ipv6_header_bytes + payload.size());
  write_ipv6_header(packet, {.flow_label = 0x12345,
                             .payload_length = static_cast<std::uint16_t>(payload.size()),
                             .next_header = next_header,
                             .hop_limit = hop_limit,
                             .source = from,
                             .destination = to});
  copy_bytes(MutableBytes{packet}.subspan(ipv6_header_bytes), payload);
  return packet;
}

Bytes echo_probe(Prng& prng, Ttl ttl, std::uint16_t checksum) {
  auto message = test::random_bytes(prng, 24);
  write_echo_with_checksum(message, {.identifier = 0x9c40, .sequence = 6}, checksum, 8);
  return ipv4_packet(protocol::icmp, vp, target, ttl, message);
}
Bytes echo6_probe(Prng& prng, Ttl hop_limit) {
  auto message = test::random_bytes(prng, 24);
  write_echo6(message, {.identifier = 0x9c40, .sequence = 6}, v6("2001:db8::10"), v6("2a00::8"));
  return ipv6_packet(protocol::icmpv6, v6("2001:db8::10"), v6("2a00::8"), hop_limit, message);
}

void append(std::string& list, std::uint64_t value) { list += (list.empty() ? "" : ",") + std::to_string(value); }

/// A random stack and interface, and what tshark must say of them.
Bytes random_extension(Prng& prng, Expected& e) {
  std::array<std::byte, 300> room;
  ExtensionBuilder builder{room};
  std::vector<LabelStackEntry> stack(1 + prng.below(5));
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const auto label = static_cast<std::uint32_t>(prng.below(1U << 20));
    const auto traffic_class = static_cast<std::uint8_t>(prng.below(8));
    const auto ttl = static_cast<std::uint8_t>(prng.next());
    const bool bottom = i + 1 == stack.size();
    stack[i] = LabelStackEntry{MplsLabel{label}, traffic_class, bottom, Ttl{ttl}};
    append(e.label, label);
    append(e.traffic_class, traffic_class);
    append(e.bottom, bottom ? 1 : 0);
    append(e.label_ttl, ttl);
  }
  static_cast<void>(builder.add_label_stack(stack));
  if (prng.chance(1, 2)) {
    InterfaceInfo info{
        .role = InterfaceRole::incoming, .if_index = 15, .address = lsr, .name = "xe-0/0/1.0", .mtu = 9192};
    e.if_index = "15";
    e.if_name = "xe-0/0/1.0";
    e.if_mtu = "9192";
    e.if_ipv4 = "20.0.3.2";
    if (prng.chance(1, 2)) {
      info.address = v6("2a00::5");
      e.if_ipv4.clear();
      e.if_ipv6 = "2a00::5";
    }
    static_cast<void>(builder.add_interface(info));
  }
  const auto structure = builder.finish();
  return {structure.begin(), structure.end()};
}

class Writer {
 public:
  explicit Writer(const std::string& folder)
      : good_{folder + "/good.pcap"}, bad_{folder + "/bad.pcap"}, expected_{folder + "/expected.txt"} {
    expected_ << "# " << columns << '\n';
  }
  void ipv4(const Bytes& packet, const Expected& e) { good(frame_of(ethertype::ipv4, packet), e); }
  void ipv6(const Bytes& packet, const Expected& e) { good(frame_of(ethertype::ipv6, packet), e); }
  void good(const Bytes& frame, const Expected& e) {
    good_.add(frame);
    expected_ << line_of(e) << '\n';
  }
  /// The packet with one bit of the byte at `at` turned.
  void broken(Bytes packet, std::size_t at) {
    packet[at] ^= std::byte{0x10};
    bad_.add(frame_of(static_cast<std::uint8_t>(packet[0]) >> 4 == 4 ? ethertype::ipv4 : ethertype::ipv6, packet));
  }

 private:
  Pcap good_, bad_;
  std::ofstream expected_;
};

void write_echoes(Writer& out, Prng& prng) {
  for (const std::uint16_t checksum : std::array<std::uint16_t, 5>{0x0000, 0x0001, 0x9c40, 0xfffe, 0x1234}) {
    const auto packet = echo_probe(prng, Ttl{9}, checksum);
    out.ipv4(packet, {.ttl = "9", .icmp_type = "8", .echo_checksum = hex16(checksum)});
    out.broken(packet, 30);
    out.broken(packet, 10);
  }
  const auto packet = echo6_probe(prng, Ttl{9});
  out.ipv6(packet, {.hop_limit = "9", .icmp6_type = "128"});
  out.broken(packet, 50);
}

void write_transports(Writer& out, Prng& prng) {
  for (const std::uint16_t checksum : std::array<std::uint16_t, 4>{0x0001, 0x00ff, 0x8000, 0xffff}) {
    auto datagram = test::random_bytes(prng, 24);
    write_udp_with_checksum(datagram, {probe_source, probe_port}, vp, target, checksum, 8);
    const auto packet = ipv4_packet(protocol::udp, vp, target, Ttl{3}, datagram);
    out.ipv4(packet, {.ttl = "3", .udp_checksum = hex16(checksum)});
    out.broken(packet, 30);
    const auto a = v6("2001:db8::10"), b = v6("2a00::8");
    write_udp_with_checksum(datagram, {probe_source, probe_port}, a, b, checksum, 8);
    out.ipv6(ipv6_packet(protocol::udp, a, b, Ttl{3}, datagram), {.hop_limit = "3", .udp_checksum = hex16(checksum)});
  }
  auto segment = test::random_bytes(prng, 20);
  write_tcp_header(segment, {.source = Port{50000}, .destination = Port{80}, .sequence = 1, .window = 1024}, vp,
                   target);
  const auto packet = ipv4_packet(protocol::tcp, vp, target, Ttl{3}, segment);
  out.ipv4(packet, {.ttl = "3", .tcp_port = "80"});
  out.broken(packet, 24);
}

void write_errors(Writer& out, Prng& prng) {
  std::array<std::byte, 1500> room;
  for (int i = 0; i < 200; ++i) {
    const Ttl quoted{static_cast<std::uint8_t>(1 + prng.below(20))};
    const bool unreachable = prng.chance(1, 2);
    Expected e{.ttl = "247," + std::to_string(quoted.value()), .icmp_type = unreachable ? "3,8" : "11,8"};
    const auto extension = random_extension(prng, e);
    const auto quote = echo_probe(prng, quoted, 0x1234);
    const Icmpv4ErrorFields fields{.type = unreachable ? icmp4::unreachable : icmp4::time_exceeded,
                                   .code = 0,
                                   .original = quote,
                                   .extension = extension};
    const auto message = *write_icmpv4_error(room, fields);
    e.echo_checksum = hex16(load_be16(message, 2)) + ",0x1234";
    const auto packet = ipv4_packet(protocol::icmp, lsr, vp, Ttl{247}, message);
    out.ipv4(packet, e);
    Bytes broken{message.begin(), message.end()};
    broken[8 + 128 + 4] ^= std::byte{0x10};
    seal_icmpv4(broken);  // only the extension is wrong
    out.broken(ipv4_packet(protocol::icmp, lsr, vp, Ttl{247}, broken), 1);
  }
  for (int i = 0; i < 200; ++i) {
    Expected e{.hop_limit = "60,1", .icmp6_type = "3,128"};
    const auto extension = random_extension(prng, e);
    const auto quote = echo6_probe(prng, Ttl{1});
    const auto from = v6("2a00::5"), to = v6("2001:db8::10");
    const auto message = *write_icmpv6_error(room, {.original = quote, .extension = extension}, from, to);
    out.ipv6(ipv6_packet(protocol::icmpv6, from, to, Ttl{60}, message), e);
  }
}

void write_link_messages(Writer& out) {
  std::array<std::byte, arp_bytes> arp;
  write_arp(arp, {ArpOperation::request, mac_a, vp, {}, Ipv4Address{192, 0, 2, 1}});
  out.good(frame_of(ethertype::arp, arp), {.arp_target = "192.0.2.1"});
  std::array<std::byte, 100> room;
  const auto host = v6("2001:db8::10"), router = v6("2001:db8::1");
  const auto solicitation =
      write_neighbor(room, {.target = router, .link_address = mac_a}, host, solicited_node_group(router));
  out.ipv6(ipv6_packet(protocol::icmpv6, host, solicited_node_group(router), Ttl{255}, solicitation),
           {.hop_limit = "255", .icmp6_type = "135", .nd_target_mac = "02:00:00:00:00:0a"});
  const auto advertisement = write_neighbor(
      room, {.is_advertisement = true, .is_solicited = true, .target = router, .link_address = mac_b}, router, host);
  out.ipv6(ipv6_packet(protocol::icmpv6, router, host, Ttl{255}, advertisement),
           {.hop_limit = "255", .icmp6_type = "136", .nd_target_mac = "02:00:00:00:00:0b"});
  const RouterAdvertisementFields fields{.link_address = mac_b, .prefix = *parse_prefix("2001:db8::/64")};
  const auto announcement = write_router_advertisement(room, fields, v6("fe80::b"), v6("ff02::1"));
  out.ipv6(ipv6_packet(protocol::icmpv6, v6("fe80::b"), v6("ff02::1"), Ttl{255}, announcement),
           {.hop_limit = "255", .icmp6_type = "134", .nd_target_mac = "02:00:00:00:00:0b"});
}

}  // namespace
}  // namespace utnt::wire

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_wire_pcap FOLDER\n");
    return 2;
  }
  utnt::Prng prng{0x51f0c3};
  utnt::wire::Writer out{argv[1]};
  utnt::wire::write_echoes(out, prng);
  utnt::wire::write_transports(out, prng);
  utnt::wire::write_errors(out, prng);
  utnt::wire::write_link_messages(out);
  return 0;
}
