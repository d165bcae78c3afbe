// SPDX-License-Identifier: BSD-2-Clause
// The live state as the controller's HTTP server gives it out: metrics, JSON, a page. What nodes wrote is escaped for
// each of them. Source of the metrics' notation: Prometheus, text-based format 0.0.4.
#pragma once

#include <string>
#include <string_view>

#include "fleet/controller/live_state.hpp"
#include "fleet/store/rows.hpp"

namespace utnt::fleet {

/// What the pages say beside the live state.
struct LivePage {
  const LiveState& state;
  const Balance& balance;
  std::string campaign{};
  std::string policy{};
  Instant now{};
  std::int64_t wall_ns{0};
};

std::string metrics_text(const LivePage& page);
std::string state_json(const LivePage& page);
std::string page_html(const LivePage& page);

/// Plain characters of ASCII, with those that mean something in HTML written out; cut to a length.
std::string html_text(std::string_view text);
/// One trace as a drawing: its hops in a row, tunnels as boxes around them.
std::string trace_svg(const results::TraceResult& trace);

}  // namespace utnt::fleet
