// SPDX-License-Identifier: BSD-2-Clause
// See run_options.hpp.
#include "apps/utnt/run_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "abi/command_line.hpp"
#include "apps/utnt/command.hpp"
#include "apps/utnt/option_helpers.hpp"
#include "apps/utnt/run_network.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t memory_min = std::uint64_t{2} << 20;

[[noreturn]] void refuse(const std::string& message) { throw Failure{ExitCode::bad_input, message}; }

void check_instances(const RunOptions& options) {
  if (options.hold_seconds && !(options.trace.destinations.empty() && options.trace.files.empty()))
    refuse("--hold probes nothing: leave the destinations out");
  if (options.tender == "process" && options.record_channel != "auto")
    refuse("--record-channel is about virtual machines; a process writes to a socket");
  if (options.tender == "firecracker" && options.record_channel == "console")
    refuse("--record-channel console: Firecracker has none");
  const bool is_named = options.net.starts_with("tap:") || options.net.starts_with("new-tap:");
  if (options.count > 1 && is_named && options.net.find("%d") == std::string::npos)
    refuse(fmt::format("--net {}: with --count each image needs a TAP of its own; %d in the name stands for 0, 1, ...",
                       options.net));
}

void check_limits(const RunOptions& options) {
  if (options.memory_limit.empty()) return;
  const auto limit = parse_memory(options.memory_limit);
  if (!limit) refuse(fmt::format("--memory-limit {}: not a size such as 64M", options.memory_limit));
  if (*limit < memory_min)
    refuse(fmt::format("--memory-limit {}: no image fits into less than 2M", options.memory_limit));
  if (*limit < parse_memory(options.memory).value_or(0))
    refuse(fmt::format("--memory-limit {}: less than the memory of the image, --memory {}", options.memory_limit,
                       options.memory));
}

/// Its interface, and what is made for it.
void add_network_options(CLI::App& command, RunOptions& options) {
  constexpr auto group = "Interface of the image";
  command
      .add_option("--net", options.net,
                  "lab or lab:NAME (a lab with --unix), unix:PATH (one datagram a frame), tap:NAME, new-tap or "
                  "new-tap:NAME (made for this run), ring:INTERFACE (packet rings on an Ethernet interface; tender "
                  "process)")
      ->type_name("NET")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--nat", options.nat,
                  "With new-tap: let its packets out through this interface, with the interface's address")
      ->type_name("INTERFACE")
      ->group(group);
  command
      .add_option("--bridge", options.bridge,
                  "With new-tap: join it to this bridge, or by a bridge to this interface without addresses")
      ->type_name("INTERFACE")
      ->group(group);
  command
      .add_option("--ip", options.address,
                  "Address of the image with the length of its prefix, A.B.C.D/LENGTH, or dhcp")
      ->type_name("ADDR")
      ->group(group);
  command.add_option("--mac", options.mac, "Hardware address of the image (default: a random one)")
      ->type_name("MAC")
      ->group(group);
  command
      .add_option("--gateway", options.gateway,
                  "Address of its gateway; with new-tap and no bridge that of this host (default: the first one left)")
      ->type_name("ADDR")
      ->group(group);
  command
      .add_option("--gateway-mac", options.gateway_mac,
                  "Hardware address of the gateway: the first frame on the wire is then a probe")
      ->type_name("MAC")
      ->group(group);
}

void add_limit_options(CLI::App& command, RunOptions& options) {
  constexpr auto group = "Limits";
  command.add_option("--time-limit", options.time_limit_seconds, "End the image after so many seconds; 0 = never")
      ->type_name("SECONDS")
      ->check(CLI::Validator{CLI::Range(0.0, 1e9)}.description(""))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--memory-limit", options.memory_limit,
                  "All memory of the instance's processes, the monitor's included; more ends them (control group)")
      ->type_name("SIZE")
      ->group(group);
  command
      .add_option("--cpu-limit", options.cpu_limit,
                  "Processors that the instance may keep busy, such as 0.5; 0 = no limit (control group)")
      ->type_name("NUMBER")
      ->check(CLI::Validator{CLI::Range(0.0, 1000.0)}.description(""))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  add_campaign_options(command, options.trace);
  constexpr auto group = "Image";
  one_of(command.add_option("--tender", options.tender,
                            "Who starts the image: process, qemu, firecracker, or the strongest isolation that works"),
         {"auto", "process", "qemu", "firecracker"})
      ->group(group);
  command.add_option("--image", options.image, "The image to start (default: the one that came with this program)")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--memory", options.memory,
                  "Memory of the image, in bytes or with K, M or G (default: what the destinations need)")
      ->type_name("SIZE")
      ->group(group);
  one_of(command.add_option("--record-channel", options.record_channel,
                            "What carries the results out of a machine: console, block (a disk), or what it has"),
         {"auto", "console", "block"})
      ->group(group);
  command
      .add_option("--count", options.count,
                  "Start so many images at once; the destinations and the rate are divided among them")
      ->type_name("NUMBER")
      ->check(CLI::Validator{CLI::Range(1, 1000)}.description(""))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--hold", options.hold_seconds,
                  "Probe nothing: start, bring the network up, and stay idle for so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::Validator{CLI::Range(0.0, 1e6)}.description(""))
      ->group(group);
  add_limit_options(command, options);
  add_network_options(command, options);
}

std::optional<std::uint64_t> parse_memory(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto suffix = std::string_view{"KMG"}.find(text.back());
  const auto digits = suffix == std::string_view::npos ? text : text.substr(0, text.size() - 1);
  const auto number = abi::parse_number(digits);
  const auto shift = suffix == std::string_view::npos ? 0 : 10 * (suffix + 1);
  if (!number || *number > (std::uint64_t{1} << 40) >> shift) return std::nullopt;
  return *number << shift;
}

void check_run_options(const RunOptions& options) {
  check_trace_options(options.trace, !options.hold_seconds);
  if (!options.memory.empty()) {
    const auto memory = parse_memory(options.memory);
    if (!memory) refuse(fmt::format("--memory {}: not a size such as 4M", options.memory));
    if (*memory < memory_min) refuse(fmt::format("--memory {}: no image starts with less than 2M", options.memory));
  }
  check_instances(options);
  check_limits(options);
  check_network_options(options);
}

tender::ResourceLimits resource_limits(const RunOptions& options) {
  return {.memory_bytes = parse_memory(options.memory_limit).value_or(0), .processors = options.cpu_limit};
}

}  // namespace utnt::apps
