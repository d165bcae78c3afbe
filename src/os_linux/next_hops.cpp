// SPDX-License-Identifier: BSD-2-Clause
// Frames exist here for neighbours whose MAC address the kernel believes in; everything else is the kernel's business.
#include "os_linux/next_hops.hpp"

#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace utnt::os_linux {
namespace {

constexpr std::uint32_t groups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE | RTMGRP_IPV4_IFADDR;
constexpr Duration confirm_every = 1_s;
constexpr unsigned usable_states = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;

}  // namespace

NextHops::NextHops(unsigned primary_interface, unsigned only_interface)
    : notifications_{groups}, primary_interface_{primary_interface}, only_interface_{only_interface} {
  load_interfaces();
  reload_routes();
  load_neighbours();
}

void NextHops::load_interfaces() {
  interfaces_.clear();
  for (auto& interface : list_interfaces()) interfaces_.emplace(interface.index, interface);
}

void NextHops::reload_routes() {
  routes_ = RouteTable::load(only_interface_);
  last_ = nullptr;
}

void NextHops::load_neighbours() {
  frames_.clear();
  last_ = nullptr;
  ndmsg header{};
  header.ndm_family = AF_INET;
  NetlinkSocket socket;
  NetlinkRequest request{RTM_GETNEIGH, NLM_F_DUMP, bytes_of(header)};
  socket.request(request, [&](std::uint16_t type, ConstBytes payload) {
    if (type == RTM_NEWNEIGH) on_neighbour(false, payload);
  });
}

void NextHops::forget(const Neighbour& neighbour) {
  frames_.erase(neighbour);
  last_ = nullptr;
}

void NextHops::on_neighbour(bool is_gone, ConstBytes payload) {
  const auto header = read_native<ndmsg>(payload);
  if (header.ndm_family != AF_INET) return;
  ConstBytes address;
  ConstBytes mac;
  for_each_attribute(payload.subspan(std::min(sizeof header, payload.size())),
                     [&](std::uint16_t type, ConstBytes value) {
                       if (type == NDA_DST) address = value;
                       if (type == NDA_LLADDR) mac = value;
                     });
  if (address.size() != 4) return;
  const Neighbour key{static_cast<unsigned>(header.ndm_ifindex), load_be32(address, 0)};
  const auto interface = interfaces_.find(key.first);
  const bool usable = !is_gone && (header.ndm_state & usable_states) != 0 && mac.size() == 6 &&
                      interface != interfaces_.end() && interface->second.is_ethernet && interface->second.is_up;
  if (!usable) return forget(key);
  auto& frame = frames_[key];
  frame.interface_index = key.first;
  frame.mtu = interface->second.mtu;
  wire::write_ethernet_header(
      frame.header,
      {.destination = wire::load_mac(mac, 0), .source = interface->second.mac, .ethertype = wire::ethertype::ipv4});
}

const FrameRoute* NextHops::find(wire::Ipv4Address destination, Instant now) {
  if (last_ == nullptr || destination.value() != last_destination_) {
    const auto next_hop = routes_.find(destination);
    if (!next_hop) return nullptr;
    const auto frame = frames_.find({next_hop->interface_index, next_hop->neighbour.value()});
    if (frame == frames_.end()) return nullptr;
    last_destination_ = destination.value();
    last_ = &frame->second;
  }
  const bool confirm = now >= last_->confirm_at && last_->confirm_at != Instant{};
  if (confirm || last_->confirm_at == Instant{}) last_->confirm_at = now + confirm_every;
  return confirm ? nullptr : last_;
}

std::optional<std::string> NextHops::update() {
  bool routes_changed = false;
  bool links_changed = false;
  const bool complete = notifications_.notifications([&](std::uint16_t type, ConstBytes payload) {
    switch (type) {
      case RTM_NEWNEIGH:
        on_neighbour(false, payload);
        break;
      case RTM_DELNEIGH:
        on_neighbour(true, payload);
        break;
      case RTM_NEWLINK:
      case RTM_DELLINK:
        links_changed = true;
        break;
      default:
        routes_changed = true;
    }
  });
  if (links_changed || !complete) {
    const auto before = interfaces_.find(primary_interface_);
    const std::string name = before == interfaces_.end() ? "the interface" : "interface " + before->second.name;
    load_interfaces();
    const auto after = interfaces_.find(primary_interface_);
    if (after == interfaces_.end()) return name + " is gone";
    if (!after->second.is_up) return name + " went down";
    load_neighbours();
  }
  if (routes_changed || links_changed || !complete) reload_routes();
  return std::nullopt;
}

}  // namespace utnt::os_linux
