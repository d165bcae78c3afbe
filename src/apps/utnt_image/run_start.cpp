// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_image/run_start.hpp"

namespace utnt::image {

report::RunStart make_run_start(const core::EngineConfig& config, const RunFacts& facts, Instant now) {
  report::RunStart start;
  start.version = facts.version;
  start.commit = facts.commit;
  start.host = facts.host;
  start.list_name = facts.list_name;
  start.attribution = config.attribution;
  start.cycle = facts.cycle;
  start.rules = config.rules;
  start.method = config.method;
  start.source = config.source;
  start.seed = config.seed;
  start.at = now;
  start.has_wall_clock = facts.has_wall_clock;
  start.epoch_offset_ns = facts.has_wall_clock ? facts.epoch_offset_ns : 0;
  start.rate_pps = config.rate_pps_max;
  start.window_traces = config.traces_max;
  start.window_ttls = config.window;
  start.first_ttl = config.first_ttl;
  start.max_ttl = config.max_ttl;
  start.attempts = config.attempts;
  start.gap_limit = config.gap_limit;
  start.wait_ms = static_cast<std::uint16_t>(config.timeout_max.ns() / (1_ms).ns());
  start.pings = config.pings;
  start.frpla_min = config.frpla_min;
  start.rtla_min = config.rtla_min;
  start.flow = config.flow;
  start.brute_force = config.brute_force;
  start.doubletree = config.doubletree;
  start.destinations = facts.destinations;
  return start;
}

}  // namespace utnt::image
