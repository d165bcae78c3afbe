// SPDX-License-Identifier: BSD-2-Clause
// See trace_flow.hpp.
#include "lab/trace_flow.hpp"

#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::lab {

std::vector<std::byte> probe_of(const Flow& flow) {
  constexpr std::size_t bytes = 44;
  constexpr std::size_t fix_at = 8;
  std::vector<std::byte> packet(bytes);
  const auto datagram = MutableBytes{packet}.subspan(wire::ipv4_header_bytes);
  const bool icmp = flow.method == report::Method::icmp_paris;
  if (icmp) {
    const std::uint16_t checksum = flow.destination_port == 0xffff ? std::uint16_t{0} : flow.destination_port;
    wire::write_echo_with_checksum(datagram, {.identifier = flow.source_port}, checksum, fix_at);
  } else {
    wire::write_udp_header(datagram, {.source = Port{flow.source_port}, .destination = Port{flow.destination_port}},
                           flow.source, flow.destination);
  }
  wire::write_ipv4_header(packet, {.total_length = bytes,
                                   .dont_fragment = true,
                                   .ttl = Ttl{255},
                                   .protocol = icmp ? wire::protocol::icmp : wire::protocol::udp,
                                   .source = flow.source,
                                   .destination = flow.destination});
  return packet;
}

Flow flow_of(const results::TraceResult& trace, const wire::IpAddress& vantage_point) {
  const auto& initial = trace.initial;
  return {.method = initial.method,
          .source = (initial.source.is_none() ? vantage_point : initial.source).v4(),
          .destination = trace.destination.v4(),
          .source_port = initial.source_port,
          .destination_port = initial.destination_port};
}

}  // namespace utnt::lab
