// SPDX-License-Identifier: BSD-2-Clause
// `utnt lab list` and `utnt lab truth`: what is there, and what is so.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/lab_commands.hpp"
#include "apps/utnt/text_lines.hpp"
#include "lab/registry.hpp"
#include "lab/score.hpp"
#include "lab/trace_flow.hpp"
#include "results/address_text.hpp"

namespace utnt::apps {

using results::address_text;

namespace {

/// What router `index` of the path is to the tunnels around it.
std::string role_of(const emu::Truth& truth, std::size_t index) {
  std::string text;
  for (std::size_t t = 0; t < truth.tunnels.size(); ++t) {
    const auto& tunnel = truth.tunnels[t];
    if (index < tunnel.ingress || index > tunnel.egress) continue;
    const auto* const role = index == tunnel.ingress ? "ingress" : index == tunnel.egress ? "egress" : "LSR";
    text += fmt::format("{}{} of tunnel {} ({})", text.empty() ? "" : ", ", role, t + 1,
                        lab::class_name(tunnel.tunnel_class));
  }
  return text;
}

void print_text(const wire::IpAddress& destination, const emu::Truth& truth) {
  fmt::print("{}{}\n", address_text(destination), truth.reachable ? "" : " (not reachable)");
  std::size_t widest = 6;
  for (const auto& router : truth.path) widest = std::max(widest, router.name.size());
  for (std::size_t i = 0; i < truth.path.size(); ++i) {
    const auto& router = truth.path[i];
    auto role = role_of(truth, i);
    if (!router.answers_te) role += role.empty() ? "silent" : ", silent";
    auto line = fmt::format("{:>4}  {:<{}}  {:<17}{}", i + 1, router.name, widest, address_text(router.incoming), role);
    while (line.ends_with(' ')) line.pop_back();
    fmt::print("{}\n", line);
  }
  for (std::size_t t = 0; t < truth.tunnels.size(); ++t) {
    const auto& tunnel = truth.tunnels[t];
    if (!tunnel.detectable) fmt::print("  tunnel {} cannot be detected: {}\n", t + 1, tunnel.undetectable_rule);
  }
}

nlohmann::ordered_json json_of(const wire::IpAddress& destination, const emu::Truth& truth) {
  nlohmann::ordered_json line{
      {"type", "truth"}, {"destination", address_text(destination)}, {"reachable", truth.reachable}};
  line["path"] = nlohmann::ordered_json::array();
  for (const auto& router : truth.path) {
    nlohmann::ordered_json aliases = nlohmann::ordered_json::array();
    for (const auto& alias : router.aliases) aliases.push_back(address_text(alias));
    line["path"].push_back({{"name", router.name},
                            {"address", address_text(router.incoming)},
                            {"aliases", aliases},
                            {"answers_te", router.answers_te},
                            {"answers_er", router.answers_er}});
  }
  line["tunnels"] = nlohmann::ordered_json::array();
  for (const auto& tunnel : truth.tunnels) {
    line["tunnels"].push_back({{"class", lab::class_name(tunnel.tunnel_class)},
                               {"ingress", tunnel.ingress},
                               {"egress", tunnel.egress},
                               {"detectable", tunnel.detectable},
                               {"undetectable_rule", tunnel.undetectable_rule}});
  }
  return line;
}

std::vector<wire::IpAddress> wanted(const LabTruthOptions& options, const emu::ScenarioInfo& info) {
  if (options.destinations.empty()) return info.destinations;
  std::vector<wire::IpAddress> destinations;
  for (const auto& text : options.destinations) {
    const auto address = wire::parse_address(text);
    if (!address) throw Failure{ExitCode::bad_input, fmt::format("\"{}\" is not an IP address", printable(text))};
    destinations.push_back(*address);
  }
  return destinations;
}

/// "SOURCE:DESTINATION", two numbers of 16 bits.
std::optional<lab::Flow> wanted_flow(const LabTruthOptions& options) {
  if (options.flow.empty()) return std::nullopt;
  lab::Flow flow;
  flow.method = options.method == "udp-paris" ? report::Method::udp_paris : report::Method::icmp_paris;
  const char* const end = options.flow.data() + options.flow.size();
  const auto first = std::from_chars(options.flow.data(), end, flow.source_port);
  const bool has_two = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':';
  const auto second = std::from_chars(has_two ? first.ptr + 1 : end, end, flow.destination_port);
  if (second.ec != std::errc{} || second.ptr != end) {
    throw Failure{
        ExitCode::bad_input,
        fmt::format("--flow \"{}\": two numbers up to 65535 are wanted, such as 33001:33435", printable(options.flow))};
  }
  return flow;
}

emu::Truth truth_of(const emu::ScenarioNetwork& network, const wire::IpAddress& destination,
                    std::optional<lab::Flow> flow) {
  if (!flow || !destination.is_v4()) return network.truth(destination);
  flow->source = network.vantage_point().v4();
  flow->destination = destination.v4();
  return network.truth_for(lab::probe_of(*flow));
}

}  // namespace

std::unique_ptr<emu::ScenarioNetwork> open_lab_network(const std::string& name, const std::string& scenario,
                                                       std::optional<std::uint64_t> seed) {
  if (!scenario.empty()) return open_emulated_network(scenario, seed.value_or(1));
  if (seed) throw Failure{ExitCode::bad_input, "--seed belongs to --scenario: a lab that is up has its own"};
  const auto record = lab::Registry{lab::runtime_directory()}.find(name);
  return open_emulated_network(record.scenario, record.seed);
}

ExitCode lab_truth(const LabTruthOptions& options) {
  const auto network = open_lab_network(options.name, options.scenario, options.seed);
  const auto flow = wanted_flow(options);
  for (const auto& destination : wanted(options, network->info())) {
    const auto truth = truth_of(*network, destination, flow);
    options.json ? fmt::print("{}\n", json_of(destination, truth).dump()) : print_text(destination, truth);
  }
  return ExitCode::done;
}

ExitCode lab_list(const LabNameOptions& options) {
  const auto labs = lab::Registry{lab::runtime_directory()}.running();
  for (const auto& lab : labs) {
    if (options.json) {
      fmt::print("{}\n", lab::json_text(lab));
    } else {
      fmt::print("up: {:<16}{} (since {})\n", lab.name, lab.title, lab.started);
    }
  }
  if (!options.json) fmt::print("{}scenarios (name, aliases, what it shows):\n", labs.empty() ? "no lab is up\n" : "");
  for (const auto& builtin : emu::builtin_scenarios()) {
    const auto info = emu::read_scenario_info(builtin.text, builtin.name);
    if (options.json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"type", "scenario"},
                                                {"name", info.name},
                                                {"id", info.id},
                                                {"aliases", info.aliases},
                                                {"title", info.title}}
                             .dump());
    } else {
      fmt::print("  {:<34}{:<24}{}\n", info.name, fmt::format("{}", fmt::join(info.aliases, ", ")), info.title);
    }
  }
  return ExitCode::done;
}

}  // namespace utnt::apps
