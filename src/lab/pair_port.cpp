// SPDX-License-Identifier: BSD-2-Clause
// A veth pair passes packets on as the sender's stack left them: checksums that hardware was to fill in would arrive
// unfilled, and segments that hardware was to cut uncut, so both offloads are switched off first.
#include "lab/pair_port.hpp"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "lab/datagram_port.hpp"
#include "lab/tap_port.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/seal.hpp"

namespace utnt::lab {
namespace {

using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr const char* inner_interface = "utnt-lab";

void switch_off_offloads(const char* interface) {
  const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  for (const auto command :
       {std::uint32_t{ETHTOOL_STXCSUM}, std::uint32_t{ETHTOOL_STSO}, std::uint32_t{ETHTOOL_SGSO}}) {
    ethtool_value value{command, 0};
    ifreq request{};
    std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) {
      throw system_failure(std::string{"cannot switch off the offloads of "} + interface, errno);
    }
  }
}

UniqueFd open_packet_socket() {
  UniqueFd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a packet socket", errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  sockaddr_ll local{};
  local.sll_family = AF_PACKET;
  local.sll_protocol = htons(ETH_P_ALL);
  local.sll_ifindex = static_cast<int>(os_linux::find_interface(inner_interface).index);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    throw system_failure("cannot bind the packet socket", errno);
  }
  return socket;
}

}  // namespace

std::unique_ptr<FramePort> open_pair_port() {
  os_linux::require_permission_to_probe("an interface pair");
  const auto outer = os_linux::current_namespace();
  os_linux::enter_new_sealed_namespace();
  os_linux::join_by_veth(inner_interface, lab_interface, outer.get());
  auto socket = open_packet_socket();
  os_linux::enter_namespace(outer.get());
  switch_off_offloads(lab_interface);
  return make_datagram_port(std::move(socket), Peer::fixed);
}

}  // namespace utnt::lab
