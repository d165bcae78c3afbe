// SPDX-License-Identifier: BSD-2-Clause
// The flow of a result: the truth about it is the branch on which its probes are answered.
#include "lab/trace_flow.hpp"

#include <gtest/gtest.h>

#include <set>

#include "emu/scenario.hpp"
#include "wire/ipv4.hpp"

namespace utnt::lab {
namespace {

// Two routers of equal cost behind the first one.
constexpr std::string_view diamond = R"(
title = "two branches"
chain = ["VP", "R1", "A", "R2", "D"]
destinations = ["D"]
[[branch]]
path = ["R1", "B", "R2"]
)";

results::TraceResult result_of(report::Method method, const wire::IpAddress& source, const wire::IpAddress& destination,
                               std::uint16_t number) {
  results::TraceResult trace;
  trace.destination = destination;
  trace.initial.method = method;
  trace.initial.source = source;
  trace.initial.source_port = static_cast<std::uint16_t>(0x8000 + number);
  trace.initial.destination_port = static_cast<std::uint16_t>(33435 + number);
  return trace;
}

/// The router that answers at TTL 2, by a packet that really walks.
wire::IpAddress second_router(emu::Network& network, const Flow& flow) {
  auto probe = probe_of(flow);
  wire::set_ipv4_ttl(probe, Ttl{2});
  network.send(probe, Instant{});
  std::vector<std::byte> buffer(wire::packet_bytes_max);
  const auto arrival = network.next_arrival();
  if (!arrival) return {};
  const auto received = network.receive(buffer, *arrival);
  if (!received) return {};
  return wire::Ipv4View::parse(received->packet)->source();
}

TEST(TraceFlow, the_truth_of_its_packet_is_the_branch_where_its_probes_are_answered) {
  for (const auto method : {report::Method::icmp_paris, report::Method::udp_paris}) {
    std::set<std::string> branches;
    for (std::uint16_t number = 0; number < 16; ++number) {
      const auto network = emu::load_scenario(diamond, "diamond", 5);
      const auto trace = result_of(method, network->vantage_point(), network->info().destinations.front(), number);
      const auto flow = flow_of(trace, network->vantage_point());
      const auto truth = network->truth_for(probe_of(flow));
      ASSERT_GE(truth.path.size(), 3U);
      EXPECT_EQ(second_router(*network, flow), truth.path[1].incoming) << number;
      branches.insert(truth.path[1].name);
    }
    EXPECT_EQ(branches, (std::set<std::string>{"A", "B"}));
  }
}

TEST(TraceFlow, without_a_source_it_comes_from_the_vantage_point) {
  const wire::IpAddress here = wire::Ipv4Address{20, 0, 1, 1};
  const auto trace = result_of(report::Method::icmp_paris, {}, wire::Ipv4Address{20, 0, 8, 2}, 1);
  EXPECT_EQ(flow_of(trace, here).source, here.v4());
}

TEST(TraceFlow, takes_every_value_that_a_file_may_hold) {
  for (const auto method : {report::Method::icmp_paris, report::Method::udp_paris}) {
    for (const unsigned value : {0U, 1U, 0x8000U, 0xfffeU, 0xffffU}) {
      const auto port = static_cast<std::uint16_t>(value);
      const auto packet = probe_of({.method = method,
                                    .source = wire::Ipv4Address{1, 2, 3, 4},
                                    .destination = wire::Ipv4Address{5, 6, 7, 8},
                                    .source_port = port,
                                    .destination_port = port});
      const auto view = wire::Ipv4View::parse(packet);
      ASSERT_TRUE(view.has_value());
      EXPECT_EQ(view->payload().size(), 24U);
    }
  }
}

}  // namespace
}  // namespace utnt::lab
