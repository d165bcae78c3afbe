// SPDX-License-Identifier: BSD-2-Clause
// The option table of `utnt trace`, in the order and the groups that --help and the man page show.
#include "apps/utnt/trace_options.hpp"

#include <CLI/CLI.hpp>

#include "apps/utnt/option_helpers.hpp"

namespace utnt::apps {

namespace {

void add_destination_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Destinations";
  command.add_option("DST", options.destinations, "Addresses to trace")->group(group);
  command.add_option("-f,--file", options.files, "Read addresses from FILE, one a line; - is standard input")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->group(group);
  one_of(command.add_option("--order", options.order, "Order of probing: random (computed from the seed) or input"),
         {"random", "input"})
      ->group(group);
  command.add_option("--seed", options.seed, "Number that decides every random choice (default: a fresh one)")
      ->type_name("N")
      ->group(group);
}

void add_safety_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Courtesy and safety";
  command
      .add_option("--block-list", options.block_lists,
                  "Never probe the prefixes in FILE, in no stage (repeatable); read again on SIGHUP")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->group(group);
  command.add_flag("--allow-reserved", options.allow_reserved, "Probe private and other special-purpose addresses too")
      ->group(group);
  command
      .add_option("--attribution", options.attribution,
                  "URI that says who measures and why, put into every probe (RFC 9511)")
      ->type_name("URI")
      ->group(group);
  number(command.add_option("--pps", options.pps, "Probes per second, all together; 0 = no limit"), 0, 10'000'000)
      ->group(group);
  number(command.add_option("--burst", options.burst, "Probes that may leave back to back"), 1, 1024)->group(group);
  number(command.add_option("--prefix-pps", options.prefix_pps, "Probes per second to one /24; 0 = no ceiling"), 0,
         10'000'000)
      ->group(group);
  number(command.add_option("--near-pps", options.near_pps,
                            "Probes per second that one router at TTL 1 to 3 must answer; 0 = no ceiling"),
         0, 10'000'000)
      ->group(group);
}

void add_probe_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Probes";
  one_of(command.add_option("--method", options.method, "Kind of probe: icmp-paris or udp-paris"),
         {"icmp-paris", "udp-paris"})
      ->group(group);
  number(command.add_option("--flow", options.flow, "Flow number: load balancers see another flow for another number"),
         0, 0xffff'ffffU)
      ->group(group);
  number(command.add_option("--first-ttl", options.first_ttl, "TTL of the first probe"), 1, 255)->group(group);
  number(command.add_option("--max-ttl", options.max_ttl, "Highest TTL"), 1, 255)->group(group);
  number(command.add_option("--gap", options.gap, "Silent TTLs in a row that end a trace"), 1, 255)->group(group);
  number(command.add_option("--attempts", options.attempts, "Probes per TTL before it counts as silent"), 1, 3)
      ->group(group);
  number(command.add_option("--timeout", options.timeout_ms, "Longest wait for one answer, in milliseconds"), 10,
         60'000)
      ->group(group);
  number(command.add_option("--probe-window", options.probe_window, "TTLs of one trace in flight at once"), 1, 32)
      ->default_str("8")
      ->group(group);
  number(command.add_option("--window", options.window, "Traces in flight at once"), 1, 65'536)->group(group);
  command.add_flag("--doubletree", options.doubletree, "Start in mid-path and stop where earlier traces have been")
      ->group(group);
}

void add_link_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Probes";
  command.add_option("--source", options.source, "Source address (default: what the route says)")
      ->type_name("ADDR")
      ->group(group);
  command.add_option("--interface", options.interface, "Send and receive by this interface only")
      ->type_name("NAME")
      ->group(group);
}

void add_tunnel_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Tunnels";
  one_of(
      command.add_option("--rules", options.rules, "utnt, or tnt: exactly what the original tool sends and concludes"),
      {"utnt", "tnt"})
      ->group(group);
  number(command.add_option("--frpla", options.frpla, "Smallest FRPLA that triggers a revelation"), 1, 255)
      ->group(group);
  number(command.add_option("--rtla", options.rtla, "Smallest RTLA that triggers a revelation"), 1, 255)->group(group);
  number(command.add_option("--pings", options.pings, "Echo requests per address for its fingerprint"), 1, 8)
      ->group(group);
  command.add_flag("--brute-force", options.brute_force, "Try to reveal between every pair of hops, trigger or not")
      ->group(group);
  number(command.add_option("--address-cache", options.address_cache, "Addresses remembered (default: by the list)"),
         64, 50'000'000)
      ->group(group);
  number(command.add_option("--tunnel-cache", options.tunnel_cache, "Tunnels remembered (default: by the list)"), 64,
         50'000'000)
      ->group(group);
}

void add_output_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Output";
  command.add_option("-o,--output", options.output, "Write results to FILE; - is standard output")
      ->type_name("FILE")
      ->capture_default_str()
      ->group(group);
  one_of(command.add_option("--format", options.format,
                            "jsonl, text or warts (default: by the ending of FILE; text on standard output)"),
         {"jsonl", "text", "warts"}, false)
      ->group(group);
  command.add_flag("--append", options.append, "Add to FILE if it exists")->group(group);
  command.add_flag("--force", options.force, "Replace FILE if it exists")->group(group);
  command
      .add_option("--checkpoint", options.checkpoint,
                  "Note in FILE what is finished; the same command continues after an interruption")
      ->type_name("FILE")
      ->group(group);
  command.add_flag("--json", options.json, "Progress, warnings and summary as JSON lines on standard error")
      ->group(group);
  command.add_flag("-q,--quiet", options.quiet, "No progress and no summary; warnings and errors only")->group(group);
  command.add_option("--list-name", options.list_name, "Name of the destination list, noted in the results")
      ->type_name("NAME")
      ->group(group);
  number(command.add_option("--cycle", options.cycle, "Number of this cycle, noted in the results"), 0, 0xffff'ffffU)
      ->group(group);
}

void add_emulation_options(CLI::App& command, TraceOptions& options) {
  constexpr auto group = "Emulation";
  command
      .add_option("--emulate", options.emulate,
                  "Trace in an emulated network, in virtual time and without privileges: the name of a "
                  "scenario (see `utnt lab list`) or a TOML file")
      ->type_name("SCENARIO")
      ->group(group);
  command
      .add_option("--emulate-loss", options.emulate_loss_percent, "Percent of packets that the emulated network loses")
      ->type_name("PERCENT")
      ->check(CLI::Validator{CLI::Range(0.0, 100.0)}.description(""))
      ->group(group);
}

}  // namespace

void add_campaign_options(CLI::App& command, TraceOptions& options) {
  add_destination_options(command, options);
  add_safety_options(command, options);
  add_probe_options(command, options);
  add_tunnel_options(command, options);
  add_output_options(command, options);
}

void add_trace_options(CLI::App& command, TraceOptions& options) {
  add_campaign_options(command, options);
  add_link_options(command, options);
  add_emulation_options(command, options);
}

}  // namespace utnt::apps
