// SPDX-License-Identifier: BSD-2-Clause
// TCP segments and quotes.
#include "fuzz/fuzz_input.hpp"
#include "wire/tcp.hpp"

namespace utnt::wire {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  const auto quote = parse_tcp_quote(input);
  UTNT_ASSERT(quote.has_value() == (size >= 8));
  const auto view = TcpView::parse(input);
  if (!view) return 0;
  UTNT_ASSERT(quote->sequence == view->sequence());
  UTNT_ASSERT(tcp_header_bytes + view->options().size() + view->payload().size() == size);
  fuzz::expect_inside(view->options(), input);
  fuzz::expect_inside(view->payload(), input);
  static_cast<void>(view->checksum_ok(Ipv4Address{1, 2, 3, 4}, Ipv4Address{5, 6, 7, 8}));
  return 0;
}

}  // namespace utnt::wire
