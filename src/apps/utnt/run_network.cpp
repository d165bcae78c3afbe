// SPDX-License-Identifier: BSD-2-Clause
// See run_network.hpp.
#include "apps/utnt/run_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "abi/command_line.hpp"
#include "apps/utnt/command.hpp"
#include "lab/ethernet_edge.hpp"
#include "lab/registry.hpp"
#include "os_linux/interfaces.hpp"
#include "results/address_text.hpp"
#include "unikernel/net/edge_config.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint16_t mtu_max = 1500;

enum class NetKind : std::uint8_t { lab, unix_port, tap, new_tap, ring };
struct Net {
  NetKind kind{NetKind::lab};
  std::string name;
};

[[noreturn]] void refuse(const std::string& message) { throw Failure{ExitCode::bad_input, message}; }

std::optional<Net> parse_net(const std::string& text) {
  const auto colon = text.find(':');
  const auto word = text.substr(0, colon);
  const auto name = colon == std::string::npos ? std::string{} : text.substr(colon + 1);
  constexpr std::array kinds{std::pair{"lab", NetKind::lab}, std::pair{"unix", NetKind::unix_port},
                             std::pair{"tap", NetKind::tap}, std::pair{"new-tap", NetKind::new_tap},
                             std::pair{"ring", NetKind::ring}};
  for (const auto& [kind_word, kind] : kinds) {
    const bool needs_name = kind != NetKind::lab && kind != NetKind::new_tap;
    if (word == kind_word && !(needs_name && name.empty())) return Net{kind, name};
  }
  return std::nullopt;
}

bool is_ipv4(const std::string& text) {
  const auto address = wire::parse_address(text);
  return address && address->is_v4();
}

/// "A.B.C.D/LENGTH" with any host bits; empty for anything else.
std::optional<wire::Prefix> parse_address_with_length(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || !is_ipv4(text.substr(0, slash))) return std::nullopt;
  const auto length = abi::parse_number(text.substr(slash + 1));
  if (!length || *length == 0 || *length > 32) return std::nullopt;
  return wire::Prefix{*wire::parse_address(text.substr(0, slash)), static_cast<std::uint8_t>(*length)};
}

/// The first address of the subnet that is not the image's own (RFC 3021: of two addresses, both are hosts).
std::optional<wire::Ipv4Address> neighbour_of(const wire::Prefix& image) {
  if (image.length > 31) return std::nullopt;
  const auto own = image.address.v4().value();
  const auto network = own & ~((std::uint32_t{1} << (32U - image.length)) - 1);
  const auto first = image.length == 31 ? network : network + 1;
  return wire::Ipv4Address{own == first ? first + 1 : first};
}

std::string mac_text(const std::array<std::uint8_t, 6>& o) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

/// Whether this host will be the image's gateway.
bool is_host_gateway(const RunOptions& options, const Net& net) {
  return net.kind == NetKind::new_tap && options.bridge.empty();
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
  network.gateway_mac = mac_text(lab::gateway_mac.octets);
  return network;
}

void check_joins(const RunOptions& options, const Net& net) {
  if (net.kind != NetKind::new_tap && !(options.nat + options.bridge).empty())
    refuse(fmt::format("--nat and --bridge join a TAP that is made for the image: --net new-tap, not {}", options.net));
  if (!options.nat.empty() && !options.bridge.empty()) refuse("--nat and --bridge exclude each other");
  auto tap = net.kind == NetKind::new_tap ? net.name : std::string{};
  const auto number = tap.find("%d");
  if (options.count > 1 && number != std::string::npos) tap.replace(number, 2, std::to_string(options.count));
  for (const auto& [option, name] :
       {std::pair{"--nat", options.nat}, std::pair{"--bridge", options.bridge}, std::pair{"--net new-tap", tap}}) {
    if (name.empty()) continue;
    try {
      tender::check_interface_name(name);
    } catch (const Failure& failure) {
      refuse(fmt::format("{}: {}", option, failure.what()));
    }
  }
}

void check_tender(const RunOptions& options, const Net& net) {
  if (net.kind == NetKind::ring && options.tender != "auto" && options.tender != "process")
    refuse(fmt::format("--net {}: only a sandboxed process has packet rings; with --tender {} use a TAP", options.net,
                       options.tender));
  if (options.count == 1) return;
  if (net.kind == NetKind::ring)
    refuse(fmt::format("--net {}: its hardware address can be that of one image only; leave --count out", options.net));
  if (net.kind == NetKind::new_tap && options.bridge.empty())
    refuse("--count with new TAPs needs --bridge: the images share a subnet");
  if (net.kind == NetKind::new_tap && !net.name.empty() && net.name.find("%d") == std::string::npos)
    refuse(fmt::format("--net {}: with --count %d in the name stands for 0, 1, ...", options.net));
}

void check_mac(const RunOptions& options, const Net& net) {
  if (options.mac.empty()) return;
  if (!unikernel::parse_mac(options.mac))
    refuse(fmt::format("--mac {}: not a hardware address such as 02:00:5e:10:00:02", options.mac));
  if (net.kind == NetKind::ring)
    refuse("--mac: with a packet ring the image has the hardware address of the interface");
}

/// The gateway of an image whose network somebody else runs.
void check_gateway(const RunOptions& options) {
  if (options.address != "dhcp" && options.gateway.empty() && options.gateway_mac.empty())
    refuse("--gateway or --gateway-mac must be given");
  if (!options.gateway.empty() && !is_ipv4(options.gateway))
    refuse(fmt::format("--gateway {}: not an IPv4 address", options.gateway));
  if (!options.gateway_mac.empty() && !unikernel::parse_mac(options.gateway_mac))
    refuse(fmt::format("--gateway-mac {}: not a hardware address such as 02:00:5e:10:00:01", options.gateway_mac));
}

/// This host is the gateway: its address on the TAP is one of the image's subnet.
void check_host_gateway(const RunOptions& options, const wire::Prefix& image) {
  if (!options.gateway_mac.empty()) refuse("--gateway-mac: the gateway is the new TAP's other end, which is known");
  const auto own = image.address.v4().value();
  const auto mask = image.length > 31 ? 0 : (std::uint32_t{1} << (32U - image.length)) - 1;
  if (mask == 0) refuse(fmt::format("--ip {}: no room for this host's end of the TAP beside it", options.address));
  if (options.gateway.empty()) return;
  const auto gateway = wire::parse_address(options.gateway);
  const bool is_neighbour =
      gateway && gateway->is_v4() && gateway->v4().value() != own && (gateway->v4().value() | mask) == (own | mask);
  if (!is_neighbour)
    refuse(fmt::format("--gateway {}: not another address of {}, which this host's end of the TAP needs",
                       options.gateway, options.address));
}

tender::NetworkRequest network_to_make(const RunOptions& options, const Net& net, RunNetwork& network) {
  tender::NetworkRequest request;
  request.tap = net.name;
  if (!options.bridge.empty()) {
    request.join = tender::Join::bridge;
    request.uplink = options.bridge;
    return request;
  }
  const auto image = *parse_address_with_length(options.address);
  if (network.gateway.empty()) network.gateway = results::address_text(*neighbour_of(image));
  request.host_address = wire::Prefix{*wire::parse_address(network.gateway), image.length};
  if (!options.nat.empty()) {
    request.join = tender::Join::nat;
    request.uplink = options.nat;
  }
  return request;
}

/// What an existing interface says about itself.
void take_interface(tender::NicRequest& nic, const os_linux::Interface& interface) {
  nic.mtu = static_cast<std::uint16_t>(std::min<std::uint32_t>(interface.mtu, mtu_max));
  if (nic.kind == tender::NicKind::packet_ring) nic.mac = interface.mac.octets;
}

}  // namespace

wire::IpAddress RunNetwork::source() const {
  if (address.empty()) return wire::Ipv4Address{};
  return *wire::parse_address(address.substr(0, address.find('/')));
}

void check_network_options(const RunOptions& options) {
  const auto net = parse_net(options.net);
  if (!net) {
    refuse(fmt::format("--net {}: lab, lab:NAME, unix:PATH, tap:NAME, new-tap, new-tap:NAME or ring:INTERFACE",
                       options.net));
  }
  check_joins(options, *net);
  check_tender(options, *net);
  if (net->kind == NetKind::lab) {
    if (!(options.address + options.gateway + options.gateway_mac + options.mac).empty())
      refuse("--ip, --mac, --gateway and --gateway-mac are known of a lab; with --net unix:PATH they can be others");
    return;
  }
  check_mac(options, *net);
  const bool is_gateway = is_host_gateway(options, *net);
  if (options.address == "dhcp") {
    if (is_gateway) refuse("--ip dhcp: nobody serves addresses at a new TAP's other end; --bridge leads to who does");
    check_gateway(options);
    return;
  }
  const auto address = parse_address_with_length(options.address);
  if (!address) {
    refuse(fmt::format("--ip {}: --net {} needs dhcp, or an address with its prefix such as 192.0.2.7/24",
                       options.address, options.net));
  }
  is_gateway ? check_host_gateway(options, *address) : check_gateway(options);
}

RunNetwork run_network(const RunOptions& options) {
  const auto net = *parse_net(options.net);
  if (net.kind == NetKind::lab) return lab_network(net.name);
  RunNetwork network;
  network.address = options.address == "dhcp" ? std::string{} : options.address;
  network.gateway = options.gateway;
  network.gateway_mac = options.gateway_mac;
  auto& nic = network.nic;
  switch (net.kind) {
    case NetKind::lab:
      break;
    case NetKind::unix_port:
      nic.kind = tender::NicKind::unix_datagram;
      nic.peer_path = std::filesystem::absolute(net.name).string();
      break;
    case NetKind::tap:
      nic.kind = tender::NicKind::tap;
      nic.tap = net.name;
      nic.mac = tender::fresh_mac();
      // One that is missing is the tender's to report.
      if (const auto interface = os_linux::look_for_interface(net.name)) take_interface(nic, *interface);
      break;
    case NetKind::ring:
      nic.kind = tender::NicKind::packet_ring;
      nic.tap = net.name;
      take_interface(nic, os_linux::find_interface(net.name));
      break;
    case NetKind::new_tap:
      nic.kind = tender::NicKind::tap;
      nic.mac = tender::fresh_mac();
      network.to_make = network_to_make(options, net, network);
      break;
  }
  if (!options.mac.empty()) nic.mac = unikernel::parse_mac(options.mac)->octets;
  return network;
}

std::unique_ptr<tender::NetworkSetup> make_network(RunNetwork& network, const std::string& tender) {
  if (!network.to_make) return nullptr;
  // Firecracker attaches to a TAP by its name.
  if (tender == "firecracker") network.to_make->life = tender::TapLife::persistent;
  auto setup = std::make_unique<tender::NetworkSetup>(*network.to_make);
  const auto mac = network.nic.mac;
  network.nic = setup->nic();
  network.nic.mac = mac;
  // The first frame on the wire is then a probe.
  if (network.to_make->join != tender::Join::bridge) network.gateway_mac = mac_text(setup->host_mac());
  return setup;
}

}  // namespace utnt::apps
