// SPDX-License-Identifier: BSD-2-Clause
// UDP datagrams, whole and quoted, and the two ways to build one.
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::wire {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  const auto quoted = UdpView::parse(input, true);
  if (quoted) fuzz::touch(quoted->payload());
  const auto view = UdpView::parse(input);
  if (!view) return 0;
  UTNT_ASSERT(quoted);
  fuzz::expect_inside(view->payload(), input);
  UTNT_ASSERT(view->payload().size() + udp_header_bytes == view->length());

  const Ipv4Address from{192, 0, 2, 10}, to{20, 0, 8, 2};
  std::vector<std::byte> datagram{input.begin(), input.begin() + view->length()};
  const auto sum = pseudo_header_sum(from, to, protocol::udp, view->length());
  write_udp_header(datagram, {view->source(), view->destination()}, from, to);
  UTNT_ASSERT(ones_sum(datagram, sum) == 0xffff);
  if (view->length() >= 10 && view->checksum() != 0) {
    write_udp_with_checksum(datagram, {view->source(), view->destination()}, from, to, view->checksum(), 8);
    UTNT_ASSERT(ones_sum(datagram, sum) == 0xffff);
    UTNT_ASSERT(load_be16(datagram, 6) == view->checksum());
  }
  return 0;
}

}  // namespace utnt::wire
