// SPDX-License-Identifier: BSD-2-Clause
// ICMPv6 messages: errors down to the quoted upper layer and the extension objects, and neighbour discovery.
#include "fuzz/fuzz_input.hpp"
#include "fuzz/icmp_objects.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"
#include "wire/ndp.hpp"

namespace utnt::wire {
namespace {

void check_neighbor_discovery(ConstBytes input) {
  if (const auto view = NeighborView::parse(input)) {
    static_cast<void>(view->target());
    static_cast<void>(view->link_address());
    UTNT_ASSERT(!RouterAdvertisementView::parse(input));
  }
  if (const auto view = RouterAdvertisementView::parse(input)) {
    static_cast<void>(view->link_address());
    static_cast<void>(view->mtu());
    if (const auto prefix = view->autonomous_prefix()) UTNT_ASSERT(prefix->contains(prefix->address));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  check_neighbor_discovery(input);
  const auto view = Icmpv6View::parse(input);
  if (!view) return 0;
  static_cast<void>(view->checksum_ok(Ipv6Address{}, Ipv6Address{}));
  const auto body = view->error_body();
  fuzz::walk_error_body(body, input);
  if (const auto quoted = Ipv6View::parse_quoted(body.original)) {
    if (const auto upper = quoted->upper_layer()) fuzz::expect_inside(upper->payload, body.original);
  }
  return 0;
}

}  // namespace utnt::wire
