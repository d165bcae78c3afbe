// SPDX-License-Identifier: BSD-2-Clause
// What follows from the options of `utnt trace`: contradictions, the engine's configuration, the hash of a checkpoint.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "apps/utnt/command.hpp"
#include "apps/utnt/trace_options.hpp"
#include "apps/utnt_image/table_sizes.hpp"
#include "base/siphash.hpp"

namespace utnt::apps {

namespace {

constexpr std::size_t attribution_bytes_max = 255;

[[noreturn]] void refuse(const std::string& message) { throw Failure{ExitCode::bad_input, message}; }

/// `--rules tnt` fixes all that decides what is sent or concluded.
void check_original_rules(const TraceOptions& options) {
  struct Fixed {
    const char* option;
    unsigned wanted;
    unsigned fixed;
  };
  for (const auto& [option, wanted, fixed] :
       {Fixed{"--probe-window", options.probe_window.value_or(1), 1}, Fixed{"--gap", options.gap, 5},
        Fixed{"--attempts", options.attempts, 3}, Fixed{"--timeout", options.timeout_ms, 1000},
        Fixed{"--max-ttl", options.max_ttl, 255}, Fixed{"--flow", options.flow, 0},
        Fixed{"--doubletree", options.doubletree ? 1U : 0U, 0}}) {
    if (wanted == fixed) continue;
    refuse(fmt::format("{} contradicts --rules tnt, which sends exactly what the original sends{}", option,
                       options.doubletree && fixed == 0 ? "" : fmt::format(" (there it is {})", fixed)));
  }
  if (!options.attribution.empty()) {
    refuse(
        "--attribution contradicts --rules tnt: a description in the probe makes it another packet than the "
        "original's");
  }
}

void check_attribution(const std::string& uri) {
  if (uri.empty()) return;
  const bool is_text = std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c <= '~'; });
  const auto colon = uri.find(':');
  if (!is_text || colon == std::string::npos || colon == 0 || uri.size() > attribution_bytes_max) {
    refuse(
        fmt::format("--attribution wants a URI of at most {} bytes, such as https://example.net/probing.txt or "
                    "mailto:noc@example.net",
                    attribution_bytes_max));
  }
}

}  // namespace

void check_trace_options(const TraceOptions& options, bool wants_destinations) {
  if (wants_destinations && options.destinations.empty() && options.files.empty() && options.emulate.empty()) {
    refuse("no destination: name addresses, or a file of them by -f FILE");
  }
  if (options.first_ttl > options.max_ttl) {
    refuse(fmt::format("--first-ttl {} lies above --max-ttl {}", options.first_ttl, options.max_ttl));
  }
  if (options.rules == "tnt") check_original_rules(options);
  check_attribution(options.attribution);
  if (!options.source.empty()) {
    const auto source = wire::parse_address(options.source);
    if (!source || !source->is_v4()) refuse(fmt::format("--source {}: not an IPv4 address", options.source));
  }
  if (options.append && options.force) refuse("--append and --force contradict each other");
  if (!options.checkpoint.empty() && (options.append || options.force)) {
    refuse(fmt::format("{} and --checkpoint contradict each other: a checkpoint continues its own output",
                       options.append ? "--append" : "--force"));
  }
  if (!options.emulate.empty() && (!options.source.empty() || !options.interface.empty())) {
    refuse("--source and --interface mean nothing in an emulated network (--emulate)");
  }
  if (options.emulate.empty() && options.emulate_loss_percent > 0) refuse("--emulate-loss needs --emulate");
  const bool to_standard_output = options.output == "-";
  if (to_standard_output && (options.append || options.force)) {
    refuse(fmt::format("{} is about a file: name it by -o FILE", options.append ? "--append" : "--force"));
  }
  if (to_standard_output && !options.checkpoint.empty()) refuse("--checkpoint needs a file for the results: -o FILE");
  if (to_standard_output && output_format(options) == OutputFormat::warts) {
    refuse("warts needs a file, because the tunnels go to FILE.tunnels.jsonl beside it: -o FILE");
  }
}

OutputFormat output_format(const TraceOptions& options) {
  if (options.format == "jsonl") return OutputFormat::jsonl;
  if (options.format == "text") return OutputFormat::text;
  if (options.format == "warts") return OutputFormat::warts;
  if (options.output == "-" || options.output.ends_with(".txt")) return OutputFormat::text;
  return options.output.ends_with(".warts") ? OutputFormat::warts : OutputFormat::jsonl;
}

TargetOrder target_order(const TraceOptions& options) {
  return options.order == "input" ? TargetOrder::input : TargetOrder::random;
}

core::EngineConfig engine_config(const TraceOptions& options, std::uint64_t destinations) {
  const bool original = options.rules == "tnt";
  core::EngineConfig config;
  config.rules = original ? core::RuleSet::tnt : core::RuleSet::utnt;
  config.method = options.method == "udp-paris" ? core::Method::udp_paris : core::Method::icmp_paris;
  config.rate_pps_max = options.pps;
  config.burst_packets_max = options.burst;
  config.prefix_pps_max = options.prefix_pps;
  config.near_pps_max = options.near_pps;
  const auto tables = image::wanted_tables(destinations, options.window);
  config.traces_max = tables.traces;
  config.addresses_max = options.address_cache.value_or(tables.addresses);
  config.tunnels_max = options.tunnel_cache.value_or(tables.tunnels);
  config.window = static_cast<std::uint8_t>(original ? 1 : options.probe_window.value_or(config.window));
  config.first_ttl = static_cast<std::uint8_t>(options.first_ttl);
  config.max_ttl = static_cast<std::uint8_t>(options.max_ttl);
  config.attempts = static_cast<std::uint8_t>(options.attempts);
  config.gap_limit = static_cast<std::uint8_t>(options.gap);
  config.timeout_max = 1_ms * options.timeout_ms;
  config.flow = options.flow;
  config.doubletree = options.doubletree;
  config.pings = static_cast<std::uint8_t>(options.pings);
  config.frpla_min = static_cast<std::uint8_t>(options.frpla);
  config.rtla_min = static_cast<std::uint8_t>(options.rtla);
  config.brute_force = options.brute_force;
  config.attribution = options.attribution;
  return config;
}

std::uint64_t config_hash(const TraceOptions& options, std::uint64_t targets_digest) {
  constexpr SipKey key{0x75746e742d636f6eU, 0x6669672d76303031U};
  const auto text = fmt::format(
      "{:x} order={} seed={} reserved={} attribution={} method={} flow={} ttl={}-{} gap={} attempts={} timeout={} "
      "probe-window={} doubletree={} rules={} frpla={} rtla={} pings={} brute={} source={} output={} format={} "
      "emulate={} {}",
      targets_digest, options.order, options.seed ? fmt::format("{}", *options.seed) : "any", options.allow_reserved,
      options.attribution, options.method, options.flow, options.first_ttl, options.max_ttl, options.gap,
      options.attempts, options.timeout_ms, options.probe_window.value_or(0), options.doubletree, options.rules,
      options.frpla, options.rtla, options.pings, options.brute_force, options.source, options.output,
      static_cast<int>(output_format(options)), options.emulate, options.emulate_loss_percent);
  return siphash(key, std::as_bytes(std::span{text}));
}

}  // namespace utnt::apps
