// SPDX-License-Identifier: BSD-2-Clause
// See run_options.hpp.
#include "apps/utnt/run_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "abi/command_line.hpp"
#include "apps/utnt/command.hpp"
#include "apps/utnt/option_helpers.hpp"
#include "apps/utnt_image/image_options.hpp"
#include "lab/ethernet_edge.hpp"
#include "lab/registry.hpp"
#include "results/address_text.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t memory_min = std::uint64_t{2} << 20;

[[noreturn]] void refuse(const std::string& message) { throw Failure{ExitCode::bad_input, message}; }

bool is_ipv4(const std::string& text) {
  const auto address = wire::parse_address(text);
  return address && address->is_v4();
}

std::string mac_text(const wire::MacAddress& mac) {
  const auto& o = mac.octets;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

/// The rest of `text` behind `prefix`.
std::optional<std::string> behind(const std::string& text, const std::string& prefix) {
  return text.starts_with(prefix) ? std::optional{text.substr(prefix.size())} : std::nullopt;
}

RunNetwork lab_network(const std::string& name) {
  lab::Registry registry{lab::runtime_directory()};
  const auto record = registry.find(name);
  if (record.unix_socket.empty()) {
    throw Failure{ExitCode::environment,
                  fmt::format("the lab {} is a network namespace; a lab for images is started by `utnt lab up SCENARIO "
                              "--unix PATH`",
                              record.name)};
  }
  RunNetwork network;
  network.nic.kind = tender::NicKind::unix_datagram;
  network.nic.peer_path = record.unix_socket;
  network.nic.mac = lab::vantage_point_mac.octets;
  network.address = record.vantage_point + "/30";
  network.gateway_mac = mac_text(lab::gateway_mac);
  return network;
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  add_campaign_options(command, options.trace);
  constexpr auto group = "Image";
  one_of(command.add_option("--tender", options.tender, "Who starts the image: process, qemu, or the best that works"),
         {"auto", "process", "qemu"})
      ->group(group);
  command.add_option("--image", options.image, "The image to start (default: the one that came with this program)")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--memory", options.memory,
                  "Memory of the image, in bytes or with K, M or G (default: what the destinations need)")
      ->type_name("SIZE")
      ->group(group);
  command
      .add_option("--net", options.net,
                  "Its interface: tap:NAME, unix:PATH (one datagram a frame), or lab:NAME for a lab with --unix")
      ->type_name("NET")
      ->capture_default_str()
      ->group(group);
  command.add_option("--ip", options.address, "Its address, with the length of the prefix: A.B.C.D/LENGTH")
      ->type_name("ADDR")
      ->group(group);
  command.add_option("--gateway", options.gateway, "Address of its gateway")->type_name("ADDR")->group(group);
  command
      .add_option("--gateway-mac", options.gateway_mac,
                  "Hardware address of the gateway: the first frame on the wire is then a probe")
      ->type_name("MAC")
      ->group(group);
  command.add_option("--time-limit", options.time_limit_seconds, "End the image after so many seconds; 0 = never")
      ->type_name("SECONDS")
      ->check(CLI::Validator{CLI::Range(0.0, 1e9)}.description(""))
      ->capture_default_str()
      ->group(group);
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
  check_trace_options(options.trace);
  if (!options.memory.empty()) {
    const auto memory = parse_memory(options.memory);
    if (!memory) refuse(fmt::format("--memory {}: not a size such as 4M", options.memory));
    if (*memory < memory_min) refuse(fmt::format("--memory {}: no image starts with less than 2M", options.memory));
  }
  const bool is_lab = options.net == "lab" || options.net.starts_with("lab:");
  if (!is_lab && !options.net.starts_with("tap:") && !options.net.starts_with("unix:")) {
    refuse(fmt::format("--net {}: tap:NAME, unix:PATH or lab:NAME", options.net));
  }
  if (is_lab && !(options.address + options.gateway + options.gateway_mac).empty()) {
    refuse("--ip, --gateway and --gateway-mac are known of a lab; with --net unix:PATH they can be others");
  }
  if (is_lab) return;
  const auto slash = options.address.find('/');
  const auto length = slash == std::string::npos ? Result<std::uint64_t>{Fail{Error::malformed}}
                                                 : abi::parse_number(options.address.substr(slash + 1));
  if (!length || *length == 0 || *length > 32 || !is_ipv4(options.address.substr(0, slash))) {
    refuse(fmt::format("--ip {}: --net {} needs an address with its prefix, such as 192.0.2.7/24", options.address,
                       options.net));
  }
  if (options.gateway.empty() && options.gateway_mac.empty()) refuse("--gateway or --gateway-mac must be given");
  if (!options.gateway.empty() && !is_ipv4(options.gateway)) {
    refuse(fmt::format("--gateway {}: not an IPv4 address", options.gateway));
  }
  if (!options.gateway_mac.empty() && !image::parse_mac(options.gateway_mac)) {
    refuse(fmt::format("--gateway-mac {}: not a hardware address such as 02:00:5e:10:00:01", options.gateway_mac));
  }
}

wire::IpAddress RunNetwork::source() const { return *wire::parse_address(address.substr(0, address.find('/'))); }

RunNetwork run_network(const RunOptions& options) {
  if (options.net == "lab") return lab_network("");
  if (const auto name = behind(options.net, "lab:")) return lab_network(*name);
  RunNetwork network;
  network.address = options.address;
  network.gateway = options.gateway;
  network.gateway_mac = options.gateway_mac;
  if (const auto name = behind(options.net, "tap:")) {
    network.nic.kind = tender::NicKind::tap;
    network.nic.tap = *name;
  } else {
    network.nic.kind = tender::NicKind::unix_datagram;
    network.nic.peer_path = std::filesystem::absolute(options.net.substr(options.net.find(':') + 1)).string();
  }
  return network;
}

}  // namespace utnt::apps
