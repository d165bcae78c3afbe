// SPDX-License-Identifier: BSD-2-Clause
// The network interfaces of the current namespace: reading them, and setting up those of a namespace that is ours.
// Source: rtnetlink(7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::os_linux {

struct Interface {
  unsigned index{0};
  std::string name;
  std::string
      kind;  ///< as the kernel names its driver: "tun", "veth", "bridge", "vlan", ...; empty for hardware and lo
  std::string alias;  ///< free text set by the administrator
  bool is_loopback{false};
  bool is_ethernet{false};
  bool is_up{false};
  std::uint32_t mtu{0};
  unsigned master{0};  ///< index of the bridge (or the like) whose port it is; 0: none
  wire::MacAddress mac;
};

/// All interfaces, in the order of their index. Throws Failure.
std::vector<Interface> list_interfaces();

/// The interface called `name`, if there is one. Throws Failure when the kernel does not tell.
std::optional<Interface> look_for_interface(const std::string& name);

/// Its IPv4 and IPv6 addresses, the link-local ones of IPv6 left out. Throws Failure.
std::vector<wire::IpAddress> addresses_of(const Interface& interface);

/// The interface called `name`. Throws Failure (environment) that lists the existing ones when there is none.
Interface find_interface(const std::string& name);

// Changing interfaces needs CAP_NET_ADMIN in the namespace; every function throws Failure with the name of the
// interface.
void set_alias(const std::string& name, const std::string& alias);
void set_up(const std::string& name, bool up);
void set_mac(const std::string& name, const wire::MacAddress& mac);
void set_mtu(const std::string& name, std::uint32_t bytes);
/// A bridge without ports and spanning tree, down.
void add_bridge(const std::string& name);
/// Makes `name` a port of `bridge`.
void set_master(const std::string& name, const std::string& bridge);
/// A bridge lets its ports go.
void remove_interface(const std::string& name);
/// How many packets may wait in the interface's transmit queue.
void set_queue_length(const std::string& name, std::uint32_t packets);
void add_address(const std::string& name, const wire::Prefix& address_and_length);
/// A route to `destination` through `gateway`, which need not be on a connected subnet.
void add_route(const std::string& name, const wire::Prefix& destination, const wire::IpAddress& gateway);
/// A permanent neighbour entry, so that no ARP is needed for `neighbour`.
void add_neighbour(const std::string& name, const wire::IpAddress& neighbour, const wire::MacAddress& mac);
/// Two Ethernet interfaces joined back to back, both carrying the seal's alias; the second is created in the network
/// namespace that the descriptor `peer_namespace` refers to.
void add_veth_pair(const std::string& name, const std::string& peer_name, int peer_namespace);

}  // namespace utnt::os_linux
