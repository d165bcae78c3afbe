// SPDX-License-Identifier: BSD-2-Clause
// Results for tests, built by hand: the worked examples of the TNT specification, section 9.3, from the values printed
// there, and random ones. Topology: VP - CE1 - PE1 - P1 - P2 - P3 - PE2 - CE2 - D, link i is 20.0.i.0/30, VP
// is 20.0.1.1.
#pragma once

#include <string>
#include <vector>

#include "base/prng.hpp"
#include "results/trace_model.hpp"

namespace utnt::results::samples {

/// 20.0.`link`.2, the address every router answers with.
wire::IpAddress router(unsigned link);

/// Collects what a test wants to look at.
class Collector : public ResultSink {
 public:
  void run(const RunInfo& info) override { runs.push_back(info); }
  void trace(const TraceResult& trace) override { traces.push_back(trace); }
  void ping(const PingResult& ping) override { pings.push_back(ping); }
  void tunnel(const TunnelResult& tunnel) override { tunnels.push_back(tunnel); }
  void summary(const Summary& summary) override { summaries.push_back(summary); }

  std::vector<RunInfo> runs;
  std::vector<TraceResult> traces;
  std::vector<PingResult> pings;
  std::vector<TunnelResult> tunnels;
  std::vector<Summary> summaries;
};

TraceResult explicit_example();   ///< A
TraceResult implicit_example();   ///< B
TraceResult php_dpr_example();    ///< C
TraceResult php_brpr_example();   ///< D, hops 1-4
TraceResult uhp_buddy_example();  ///< E, hops 1-4
TraceResult opaque_example();     ///< F, hops 1-3
std::vector<TraceResult> all_examples();

RunInfo run_info();
PingResult ping_example();
/// Every field random, within what the formats can hold.
TraceResult random_trace(Prng& prng);

}  // namespace utnt::results::samples
