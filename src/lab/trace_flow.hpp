// SPDX-License-Identifier: BSD-2-Clause
// A packet of the flow that a result is about. Where routers balance, the truth about a destination depends on the
// flow: what a trace found is to be judged by the branch that its own probes took.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "results/trace_model.hpp"
#include "wire/address.hpp"

namespace utnt::lab {

/// What load balancers look at.
struct Flow {
  report::Method method{report::Method::icmp_paris};
  wire::Ipv4Address source{};
  wire::Ipv4Address destination{};
  std::uint16_t source_port{0};       ///< ICMP identifier or UDP source port
  std::uint16_t destination_port{0};  ///< ICMP checksum or UDP destination port
};

/// A complete probe of `flow` that cannot expire. Any values are fine; an ICMP checksum of 0xffff, which no message can
/// have, counts as 0.
std::vector<std::byte> probe_of(const Flow& flow);

/// The flow of the trace to the destination; without a source in the results it is `vantage_point`. Both addresses of
/// `trace` must be IPv4 where they are given.
Flow flow_of(const results::TraceResult& trace, const wire::IpAddress& vantage_point);

}  // namespace utnt::lab
