// SPDX-License-Identifier: BSD-2-Clause
// One warts record body to one result; the inverse of warts_writer.cpp for any writer's records. All throw
// WartsProblem. Source: the format as read by the scamper tools of 2021-12-12.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

struct WartsList {
  std::uint32_t id{0};
  std::string name;
  std::string monitor;
};
struct WartsCycle {
  std::uint32_t id{0};
  std::uint32_t list{0};
  std::uint32_t number{0};
  std::uint32_t start_s{0};
  std::string host;
};

WartsList parse_warts_list(ConstBytes body);
WartsCycle parse_warts_cycle(ConstBytes body);
/// Hops stand at first_ttl .. hop count, silent ones without an address; methods other than the Paris ones become the
/// nearest of them. No tunnels: the format knows none.
TraceResult parse_warts_trace(ConstBytes body);
PingResult parse_warts_ping(ConstBytes body);

}  // namespace utnt::results
