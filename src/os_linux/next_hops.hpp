// SPDX-License-Identifier: BSD-2-Clause
// The Ethernet header that a packet to a destination needs, kept current from the kernel's notifications about routes,
// neighbours and interfaces. No ARP of our own: where the kernel knows no MAC address yet, the packet takes the raw
// socket, the kernel asks for it, and its answer comes here as a notification.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/netlink.hpp"
#include "os_linux/routes.hpp"

namespace utnt::os_linux {

struct FrameRoute {
  unsigned interface_index{0};
  std::array<std::byte, wire::ethernet_header_bytes> header{};
  std::uint32_t mtu{0};
  Instant confirm_at{};  ///< when a packet should take the raw socket again, so that the kernel re-checks the neighbour
};

class NextHops {
 public:
  /// `primary_interface`: the one whose loss ends the run. `only_interface`: 0 = any.
  NextHops(unsigned primary_interface, unsigned only_interface);

  /// Readable when update() has work.
  [[nodiscard]] int fd() const { return notifications_.fd(); }

  /// The frame's way to `destination` at `now`; nullptr = by the raw socket.
  /// The pointer is valid until the next call of a member function.
  const FrameRoute* find(wire::Ipv4Address destination, Instant now);

  /// Takes in what changed. Returns a text for people when the primary interface can no longer be used.
  std::optional<std::string> update();

 private:
  using Neighbour = std::pair<unsigned, std::uint32_t>;  ///< interface, address
  void reload_routes();
  void load_neighbours();
  void load_interfaces();
  void on_neighbour(bool is_gone, ConstBytes payload);
  void forget(const Neighbour& neighbour);

  NetlinkSocket notifications_;
  unsigned primary_interface_;
  unsigned only_interface_;
  RouteTable routes_;
  std::unordered_map<unsigned, Interface> interfaces_;
  std::map<Neighbour, FrameRoute> frames_;
  std::uint32_t last_destination_{0};
  FrameRoute* last_{nullptr};
};

}  // namespace utnt::os_linux
