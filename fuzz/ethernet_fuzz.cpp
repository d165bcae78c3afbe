// SPDX-License-Identifier: BSD-2-Clause
// Frames as they come from a port: Ethernet, then ARP, IPv4 or IPv6 by EtherType.
#include "fuzz/fuzz_input.hpp"
#include "fuzz/icmp_objects.hpp"
#include "wire/arp.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"
#include "wire/ndp.hpp"

namespace utnt::wire {
namespace {

void check_arp(ConstBytes payload) {
  const auto view = ArpView::parse(payload);
  if (!view) return;
  std::byte room[arp_bytes];
  write_arp(room, {view->operation(), view->sender_mac(), view->sender(), view->target_mac(), view->target()});
  UTNT_ASSERT(std::memcmp(room, payload.data(), arp_bytes) == 0);
}

void check_ipv4(ConstBytes payload) {
  const auto ip = Ipv4View::parse(payload);
  if (!ip || ip->protocol() != protocol::icmp) return;
  if (const auto icmp = Icmpv4View::parse(ip->payload())) fuzz::walk_error_body(icmp->error_body(), payload);
}

void check_ipv6(ConstBytes payload) {
  const auto ip = Ipv6View::parse(payload);
  if (!ip || ip->next_header() != protocol::icmpv6) return;
  if (const auto view = NeighborView::parse(ip->payload())) static_cast<void>(view->link_address());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  const auto frame = EthernetView::parse(input);
  if (!frame) return 0;
  UTNT_ASSERT(frame->payload().size() + ethernet_header_bytes == size);
  std::byte room[ethernet_header_bytes];
  write_ethernet_header(room, {frame->destination(), frame->source(), frame->ethertype()});
  UTNT_ASSERT(std::memcmp(room, data, ethernet_header_bytes) == 0);
  switch (frame->ethertype()) {
    case ethertype::arp:
      check_arp(frame->payload());
      break;
    case ethertype::ipv4:
      check_ipv4(frame->payload());
      break;
    case ethertype::ipv6:
      check_ipv6(frame->payload());
      break;
    default:
      break;
  }
  return 0;
}

}  // namespace utnt::wire
