// SPDX-License-Identifier: BSD-2-Clause
// Interfaces by routing-socket messages rather than by running ip(8): faster, and the errors are ours to word.
#include "os_linux/interfaces.hpp"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>

#include "os_linux/failure.hpp"
#include "os_linux/netlink.hpp"
#include "os_linux/seal.hpp"

namespace utnt::os_linux {
namespace {

std::string text_of(ConstBytes value) {
  const std::string_view view{reinterpret_cast<const char*>(value.data()), value.size()};
  return std::string{view.substr(0, view.find('\0'))};
}

Interface parse_interface(ConstBytes payload) {
  const auto info = read_native<ifinfomsg>(payload);
  Interface found;
  found.index = static_cast<unsigned>(info.ifi_index);
  found.is_loopback = (info.ifi_flags & IFF_LOOPBACK) != 0;
  found.is_ethernet = info.ifi_type == ARPHRD_ETHER;
  found.is_up = (info.ifi_flags & IFF_UP) != 0;
  for_each_attribute(payload.subspan(std::min(sizeof info, payload.size())), [&](std::uint16_t type, ConstBytes value) {
    switch (type) {
      case IFLA_IFNAME:
        found.name = text_of(value);
        break;
      case IFLA_IFALIAS:
        found.alias = text_of(value);
        break;
      case IFLA_MTU:
        found.mtu = read_native<std::uint32_t>(value);
        break;
      case IFLA_MASTER:
        found.master = read_native<std::uint32_t>(value);
        break;
      case IFLA_ADDRESS:
        if (value.size() == found.mac.octets.size()) found.mac = wire::load_mac(value, 0);
        break;
      case IFLA_LINKINFO:
        for_each_attribute(value, [&](std::uint16_t inner, ConstBytes kind) {
          if (inner == IFLA_INFO_KIND) found.kind = text_of(kind);
        });
        break;
      default:
        break;
    }
  });
  return found;
}

unsigned index_of(const std::string& name) { return find_interface(name).index; }

std::uint8_t family_of(const wire::IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

void change(NetlinkRequest& request, const std::string& what) {
  NetlinkSocket socket;
  if (const int error = socket.request(request); error != 0) throw system_failure("cannot " + what, error);
}

NetlinkRequest link_request(unsigned index, unsigned flags = 0, unsigned changed = 0) {
  ifinfomsg info{};
  info.ifi_index = static_cast<int>(index);
  info.ifi_flags = flags;
  info.ifi_change = changed;
  return NetlinkRequest{RTM_NEWLINK, 0, bytes_of(info)};
}

}  // namespace

std::vector<Interface> list_interfaces() {
  std::vector<Interface> interfaces;
  NetlinkSocket socket;
  NetlinkRequest request{RTM_GETLINK, NLM_F_DUMP, bytes_of(ifinfomsg{})};
  const int error = socket.request(request, [&](std::uint16_t type, ConstBytes payload) {
    if (type == RTM_NEWLINK) interfaces.push_back(parse_interface(payload));
  });
  if (error != 0) throw system_failure("cannot list the network interfaces", error);
  std::ranges::sort(interfaces, {}, &Interface::index);
  return interfaces;
}

std::optional<Interface> look_for_interface(const std::string& name) {
  const auto interfaces = list_interfaces();
  const auto found = std::ranges::find(interfaces, name, &Interface::name);
  return found == interfaces.end() ? std::nullopt : std::optional{*found};
}

std::vector<wire::IpAddress> addresses_of(const Interface& interface) {
  std::vector<wire::IpAddress> addresses;
  NetlinkSocket socket;
  NetlinkRequest request{RTM_GETADDR, NLM_F_DUMP, bytes_of(ifaddrmsg{})};
  const int error = socket.request(request, [&](std::uint16_t, ConstBytes payload) {
    const auto header = read_native<ifaddrmsg>(payload);
    if (header.ifa_index != interface.index || header.ifa_scope == RT_SCOPE_LINK) return;
    for_each_attribute(payload.subspan(std::min(sizeof header, payload.size())),
                       [&](std::uint16_t type, ConstBytes value) {
                         if (type != IFA_ADDRESS) return;
                         if (value.size() == 4) addresses.emplace_back(wire::Ipv4Address{load_be32(value, 0)});
                         if (value.size() == 16) addresses.emplace_back(read_native<wire::Ipv6Address>(value));
                       });
  });
  if (error != 0) throw system_failure("cannot list the addresses of " + interface.name, error);
  return addresses;
}

Interface find_interface(const std::string& name) {
  std::string known;
  for (const auto& interface : list_interfaces()) {
    if (interface.name == name) return interface;
    known += (known.empty() ? "" : ", ") + interface.name;
  }
  throw Failure{ExitCode::environment, "there is no network interface " + name + " here; there are: " + known};
}

void set_alias(const std::string& name, const std::string& alias) {
  auto request = link_request(index_of(name));
  request.put(IFLA_IFALIAS, std::as_bytes(std::span{alias}));
  change(request, "set the alias of " + name);
}

void set_up(const std::string& name, bool up) {
  auto request = link_request(index_of(name), up ? IFF_UP : 0, IFF_UP);
  change(request, std::string{up ? "bring up " : "take down "} + name);
}

void set_mac(const std::string& name, const wire::MacAddress& mac) {
  auto request = link_request(index_of(name));
  request.put(IFLA_ADDRESS, std::as_bytes(std::span{mac.octets}));
  change(request, "set the MAC address of " + name);
}

void set_mtu(const std::string& name, std::uint32_t bytes) {
  auto request = link_request(index_of(name));
  request.put_u32(IFLA_MTU, bytes);
  change(request, "set the MTU of " + name);
}

void add_bridge(const std::string& name) {
  NetlinkRequest request{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, bytes_of(ifinfomsg{})};
  request.put_text(IFLA_IFNAME, name);
  const auto info = request.begin_nested(IFLA_LINKINFO);
  request.put_text(IFLA_INFO_KIND, "bridge");
  request.end_nested(info);
  change(request, "create the bridge " + name);
}

void set_master(const std::string& name, const std::string& bridge) {
  auto request = link_request(index_of(name));
  request.put_u32(IFLA_MASTER, index_of(bridge));
  change(request, "make " + name + " a port of " + bridge);
}

void remove_interface(const std::string& name) {
  ifinfomsg info{};
  info.ifi_index = static_cast<int>(index_of(name));
  NetlinkRequest request{RTM_DELLINK, 0, bytes_of(info)};
  change(request, "remove " + name);
}

void set_queue_length(const std::string& name, std::uint32_t packets) {
  auto request = link_request(index_of(name));
  request.put_u32(IFLA_TXQLEN, packets);
  change(request, "set the queue length of " + name);
}

void add_address(const std::string& name, const wire::Prefix& address_and_length) {
  ifaddrmsg header{};
  header.ifa_family = family_of(address_and_length.address);
  header.ifa_prefixlen = address_and_length.length;
  header.ifa_index = index_of(name);
  NetlinkRequest request{RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, bytes_of(header)};
  request.put(IFA_LOCAL, std::as_bytes(address_and_length.address.octets()));
  request.put(IFA_ADDRESS, std::as_bytes(address_and_length.address.octets()));
  change(request, "add an address to " + name);
}

void add_route(const std::string& name, const wire::Prefix& destination, const wire::IpAddress& gateway) {
  rtmsg header{};
  header.rtm_family = family_of(gateway);
  header.rtm_dst_len = destination.length;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  header.rtm_flags = RTNH_F_ONLINK;
  NetlinkRequest request{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, bytes_of(header)};
  if (destination.length > 0) request.put(RTA_DST, std::as_bytes(destination.address.octets()));
  request.put(RTA_GATEWAY, std::as_bytes(gateway.octets()));
  request.put_u32(RTA_OIF, index_of(name));
  change(request, "add a route through " + name);
}

void add_neighbour(const std::string& name, const wire::IpAddress& neighbour, const wire::MacAddress& mac) {
  ndmsg header{};
  header.ndm_family = family_of(neighbour);
  header.ndm_ifindex = static_cast<int>(index_of(name));
  header.ndm_state = NUD_PERMANENT;
  NetlinkRequest request{RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, bytes_of(header)};
  request.put(NDA_DST, std::as_bytes(neighbour.octets()));
  request.put(NDA_LLADDR, std::as_bytes(std::span{mac.octets}));
  change(request, "add a neighbour on " + name);
}

void add_veth_pair(const std::string& name, const std::string& peer_name, int peer_namespace) {
  NetlinkRequest request{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, bytes_of(ifinfomsg{})};
  request.put_text(IFLA_IFNAME, name);
  request.put(IFLA_IFALIAS, std::as_bytes(std::span{seal_alias}));
  const auto info = request.begin_nested(IFLA_LINKINFO);
  request.put_text(IFLA_INFO_KIND, "veth");
  const auto data = request.begin_nested(IFLA_INFO_DATA);
  const auto peer = request.begin_nested(VETH_INFO_PEER);
  request.put_raw(bytes_of(ifinfomsg{}));
  request.put_text(IFLA_IFNAME, peer_name);
  request.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(peer_namespace));
  request.end_nested(peer);
  request.end_nested(data);
  request.end_nested(info);
  change(request, "create the interface pair " + name + " and " + peer_name);
}

}  // namespace utnt::os_linux
