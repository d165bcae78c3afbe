// SPDX-License-Identifier: BSD-2-Clause
// See image_input.hpp.
#include "apps/utnt/image_input.hpp"

#include <fmt/format.h>

#include "results/address_text.hpp"

namespace utnt::apps {

namespace {

/// Bytes that would end a word, or begin an escape, as %XX.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '%') {
      out += c;
    } else {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void add_text(std::string& line, const char* key, std::string_view value) {
  if (!value.empty()) line += fmt::format(" {}={}", key, escaped(value));
}

}  // namespace

std::string image_command_line(const core::EngineConfig& config, const ImageFacts& facts) {
  auto line = fmt::format(
      "rules={} method={} pps={} burst={} prefix-pps={} near-pps={} window={} probe-window={} first-ttl={} max-ttl={} "
      "gap={} attempts={} timeout-ms={} flow={} pings={} frpla={} rtla={}",
      config.rules == core::RuleSet::tnt ? "tnt" : "utnt",
      config.method == core::Method::udp_paris ? "udp-paris" : "icmp-paris", config.rate_pps_max,
      config.burst_packets_max, config.prefix_pps_max, config.near_pps_max, facts.window, config.window,
      config.first_ttl, config.max_ttl, config.gap_limit, config.attempts, config.timeout_max.ns() / (1_ms).ns(),
      config.flow, config.pings, config.frpla_min, config.rtla_min);
  if (config.brute_force) line += " brute-force";
  if (config.doubletree) line += " doubletree";
  if (facts.has_traces) line += fmt::format(" traces={}", config.traces_max);
  if (facts.has_addresses) line += fmt::format(" addresses={}", config.addresses_max);
  if (facts.has_tunnels) line += fmt::format(" tunnels={}", config.tunnels_max);
  line += " seed=";
  for (const auto byte : config.seed) line += fmt::format("{:02x}", static_cast<unsigned>(byte));
  add_text(line, "attribution", config.attribution);
  add_text(line, "host", facts.host);
  add_text(line, "list-name", facts.list_name);
  if (facts.cycle != 0) line += fmt::format(" cycle={}", facts.cycle);
  line += fmt::format(" targets={}", facts.targets);
  if (facts.hold_ms) line += fmt::format(" hold-ms={}", *facts.hold_ms);
  add_text(line, "net0.ip4", facts.address);
  if (facts.address.empty()) line += " net0.dhcp";
  add_text(line, "net0.gw4", facts.gateway);
  add_text(line, "net0.gwmac", facts.gateway_mac);
  return line;
}

std::vector<ImageModule> image_modules(TargetSource& source, const BlockList& block_list, std::size_t count) {
  std::vector<ImageModule> modules(count);
  auto& first = modules.front();
  for (const auto& [begin, end] : block_list.ranges()) {
    if (begin.is_v4()) first.text += fmt::format("!{}-{}\n", results::address_text(begin), results::address_text(end));
  }
  for (std::size_t i = 1; i < count; ++i) modules[i].text = first.text;
  std::size_t next = 0;
  while (const auto target = source.next()) {
    auto& module = modules[next++ % count];
    module.text += fmt::format("{} {}\n", results::address_text(target->destination), target->user_id);
    ++module.targets;
  }
  return modules;
}

ImageModule image_module(TargetSource& source, const BlockList& block_list) {
  return std::move(image_modules(source, block_list, 1).front());
}

}  // namespace utnt::apps
