// SPDX-License-Identifier: BSD-2-Clause
// ICMPv4 messages down to the quoted transport and the extension objects, as a reply is read by the engine.
#include "fuzz/fuzz_input.hpp"
#include "fuzz/icmp_objects.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace utnt::wire {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::input_bytes(data, size);
  const auto view = Icmpv4View::parse(input);
  if (!view) return 0;
  static_cast<void>(view->checksum_ok());
  fuzz::expect_inside(view->echo_data(), input);
  const auto body = view->error_body();
  fuzz::walk_error_body(body, input);
  const auto quoted = Ipv4View::parse_quoted(body.original);
  if (!quoted) return 0;
  fuzz::expect_inside(quoted->payload(), body.original);
  if (const auto udp = UdpView::parse(quoted->payload(), true)) fuzz::expect_inside(udp->payload(), input);
  if (const auto echo = Icmpv4View::parse(quoted->payload())) fuzz::expect_inside(echo->echo_data(), input);
  UTNT_ASSERT(parse_tcp_quote(quoted->payload()).has_value() == (quoted->payload().size() >= 8));
  return 0;
}

}  // namespace utnt::wire
