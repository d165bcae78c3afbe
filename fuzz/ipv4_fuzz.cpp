// SPDX-License-Identifier: BSD-2-Clause
// IPv4 packets, whole and quoted. A second try repairs the header checksum, which random bytes hardly ever get right.
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

void check_view(const Ipv4View& view, ConstBytes input) {
  fuzz::expect_inside(view.header(), input);
  fuzz::expect_inside(view.payload(), input);
  fuzz::touch(view.payload());
  UTNT_ASSERT(view.header_bytes() >= ipv4_header_bytes);
}

/// A header without options, fragment or reserved bits comes out of the builder as it went in, and survives a new TTL.
void check_rebuilt(const Ipv4View& view) {
  if (view.header_bytes() != ipv4_header_bytes) return;
  if ((load_be16(view.header(), 6) & 0xbfff) != 0) return;
  std::byte room[ipv4_header_bytes];
  write_ipv4_header(room, {.tos = view.tos(),
                           .total_length = view.total_length(),
                           .id = view.id(),
                           .dont_fragment = view.dont_fragment(),
                           .ttl = view.ttl(),
                           .protocol = view.protocol(),
                           .source = view.source(),
                           .destination = view.destination()});
  UTNT_ASSERT(std::memcmp(room, view.header().data(), ipv4_header_bytes) == 0);
  set_ipv4_ttl(room, Ttl{static_cast<std::uint8_t>(view.ttl().value() - 1)});
  UTNT_ASSERT(internet_checksum(room) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  if (const auto view = Ipv4View::parse(input)) check_view(*view, input);
  const auto quoted = Ipv4View::parse_quoted(input);
  if (!quoted) return 0;
  check_view(*quoted, input);
  std::vector<std::byte> repaired{input.begin(), input.end()};
  const auto header = MutableBytes{repaired}.first(quoted->header_bytes());
  store_be16(header, 10, 0);
  store_be16(header, 10, internet_checksum(header));
  if (const auto view = Ipv4View::parse(repaired)) {
    check_view(*view, repaired);
    UTNT_ASSERT(view->header_bytes() + view->payload().size() == view->total_length());
    check_rebuilt(*view);
  }
  return 0;
}

}  // namespace utnt::wire
