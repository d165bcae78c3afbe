// SPDX-License-Identifier: BSD-2-Clause
// Where the kernel would send an IPv4 packet: one exact question before the run, and for the run itself a copy of the
// routing tables that answers "this neighbour" only when it is sure, and "ask the kernel" otherwise.
// Source: ip-route(8), ip-rule(8), rtnetlink(7).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "wire/address.hpp"

namespace utnt::os_linux {

struct KernelRoute {
  unsigned interface_index{0};
  wire::IpAddress source;  ///< what the kernel would put into a packet
};

struct RouteQuestion {
  wire::IpAddress destination;
  wire::IpAddress source{};     ///< none = the kernel chooses
  unsigned interface_index{0};  ///< 0 = any
};

/// Asks the kernel, policy rules included. Throws Failure: environment when there is no way to the destination,
/// bad_input when the source is not an address of this host.
KernelRoute ask_route(const RouteQuestion& question);

/// All addresses of this namespace's interfaces.
std::vector<wire::IpAddress> local_addresses();

struct NextHop {
  unsigned interface_index{0};
  wire::Ipv4Address neighbour;  ///< the gateway, or the destination itself on a connected subnet
};

class RouteTable {
 public:
  /// Copies the kernel's IPv4 tables; with `only_interface` != 0 as seen by a socket bound to that interface.
  static RouteTable load(unsigned only_interface);

  /// The one next hop towards `destination`; empty when only the kernel can tell: policy rules, several paths, tunnels,
  /// local addresses, no route. O(number of distinct prefix lengths).
  [[nodiscard]] std::optional<NextHop> find(wire::Ipv4Address destination) const;

  /// One route as the kernel reports it (the payload of RTM_NEWROUTE): load() is made of these.
  void add_route_message(ConstBytes payload, unsigned only_interface);
  /// One policy rule (RTM_NEWRULE).
  void add_rule_message(ConstBytes payload);

 private:
  struct Entry {
    unsigned interface_index{0};
    wire::Ipv4Address gateway;
    bool has_gateway{false};
    bool needs_kernel{false};
    std::uint32_t metric{0};
  };
  /// Few routes, as most hosts have, are looked through one by one, longest prefix first; many are hashed by length.
  struct Table {
    std::array<std::unordered_map<std::uint32_t, Entry>, 33> by_length;
    struct Route {
      std::uint32_t mask, prefix;
      Entry entry;
    };
    std::vector<Route> few;  ///< all of them, or none when there are too many
    void list_few();
    [[nodiscard]] const Entry* longest_match(wire::Ipv4Address destination) const;
  };

  Table local_;
  Table main_;
  Table default_;
  bool rules_need_kernel_{false};
};

}  // namespace utnt::os_linux
