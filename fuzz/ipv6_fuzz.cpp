// SPDX-License-Identifier: BSD-2-Clause
// IPv6 packets, whole and quoted, and the walk over their extension headers.
#include "fuzz/fuzz_input.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

void check_view(const Ipv6View& view, ConstBytes input) {
  fuzz::expect_inside(view.payload(), input);
  fuzz::touch(view.payload());
  if (const auto upper = view.upper_layer()) {
    fuzz::expect_inside(upper->payload, view.payload());
    UTNT_ASSERT(upper->payload.data() + upper->payload.size() == view.payload().data() + view.payload().size());
  }
  std::byte room[ipv6_header_bytes];
  write_ipv6_header(room, {.traffic_class = view.traffic_class(),
                           .flow_label = view.flow_label(),
                           .payload_length = view.payload_length(),
                           .next_header = view.next_header(),
                           .hop_limit = view.hop_limit(),
                           .source = view.source(),
                           .destination = view.destination()});
  UTNT_ASSERT(std::memcmp(room, input.data(), ipv6_header_bytes) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  const auto quoted = Ipv6View::parse_quoted(input);
  if (quoted) check_view(*quoted, input);
  if (const auto view = Ipv6View::parse(input)) {
    UTNT_ASSERT(quoted);
    UTNT_ASSERT(view->payload().size() == view->payload_length());
    check_view(*view, input);
  }
  return 0;
}

}  // namespace utnt::wire
