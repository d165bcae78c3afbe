// SPDX-License-Identifier: BSD-2-Clause
// The order: ask the seal, clear away what killed programs left, look whether everything can be made, write down what
// will be made, make it.
#include "tender/network/network_setup.hpp"

#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/seal.hpp"
#include "tender/network/forwarding.hpp"
#include "tender/network/packet_filter.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

constexpr std::uint32_t queue_frames = 20'000;  ///< frames that wait for the image in the kernel during a burst

std::string free_name(const std::string& prefix) {
  const auto interfaces = os_linux::list_interfaces();
  for (unsigned i = 0;; ++i) {
    auto name = prefix + std::to_string(i);
    if (std::ranges::none_of(interfaces, [&](const auto& other) { return other.name == name; })) return name;
  }
}

std::string fresh_file_name(const Owner& owner) {
  static std::atomic<unsigned> next{0};
  return owner.text() + "-" + std::to_string(next++);
}

}  // namespace

NetworkSetup::NetworkSetup(const NetworkRequest& request, StateFiles files)
    : files_{std::move(files)}, nft_program_{request.nft_program} {
  os_linux::require_permission_to_probe("the interface of an image");
  is_sealed_ = os_linux::check_seal().is_sealed;
  const auto lock = files_.lock();
  remove_stale_networks(files_, request.nft_program);
  plan(request);
  file_name_ = fresh_file_name(state_.owner);
  made_ = state_;
  made_.tap = made_.bridge = made_.table = made_.forwarding = {};
  files_.write(file_name_, state_);
  try {
    make(request);
    files_.write(file_name_, made_);
  } catch (...) {
    remove_locked();
    throw;
  }
}

/// Decides names and refuses what cannot be made; makes nothing.
void NetworkSetup::plan(const NetworkRequest& request) {
  if (!request.tap.empty()) check_interface_name(request.tap);
  state_ = NetworkState::here();
  life_ = request.life;
  const auto tap = request.tap.empty() ? free_name("utnt-tap") : request.tap;
  if (os_linux::look_for_interface(tap)) {
    throw Failure{ExitCode::environment,
                  "there is an interface " + tap + " already; --net tap:" + tap + " uses an existing TAP"};
  }
  if (request.join != Join::host) {
    check_interface_name(request.uplink);
    const auto uplink = os_linux::find_interface(request.uplink);
    if (!uplink.is_up) throw Failure{ExitCode::environment, "the interface " + uplink.name + " is down"};
    uplink_ = uplink.name;
    if (request.join == Join::bridge) mtu_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(uplink.mtu, mtu_));
    if (request.join == Join::bridge && uplink.kind != "bridge") {
      if (uplink.master != 0)
        throw Failure{ExitCode::environment, uplink.name + " is a port of a bridge already; name the bridge itself"};
      if (!uplink.is_ethernet)
        throw Failure{ExitCode::bad_input, uplink.name + " is not an Ethernet interface: it cannot be bridged"};
      if (!os_linux::addresses_of(uplink).empty()) {
        throw Failure{ExitCode::bad_input, uplink.name +
                                               " has addresses, which it would lose as the port of a bridge; make a "
                                               "bridge that has them and name it, or use --nat " +
                                               uplink.name};
      }
      state_.bridge = free_name("utnt-br");
    }
    if (request.join == Join::nat) {
      const auto forwards = is_forwarding(uplink.name);
      if (!forwards)
        throw Failure{ExitCode::environment, "this system does not tell whether " + uplink.name + " forwards"};
      state_.table = "utnt_" + std::to_string(state_.owner.process_id) + "_" + tap;
      std::ranges::replace_if(
          state_.table, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
      state_.forwarding = uplink.name;
      state_.had_forwarding = *forwards;
      // Switched on by one of us that still runs: the last one restores what was before all of them.
      for (const auto& other : files_.all()) {
        if (other.state.forwarding == uplink.name && other.state.net_namespace == state_.net_namespace)
          state_.had_forwarding = other.state.had_forwarding;
      }
    }
  }
  if (request.join != Join::bridge && !request.host_address)
    throw Failure{ExitCode::bad_input, "this host's end of the TAP needs an address"};
  state_.tap = tap;
}

void NetworkSetup::make(const NetworkRequest& request) {
  device_ = make_tap(state_.tap, life_);
  made_.tap = state_.tap;
  const auto tap = os_linux::find_interface(state_.tap);
  made_.tap_index = tap.index;
  host_mac_ = tap.mac.octets;
  switch_off_ipv6(state_.tap);
  os_linux::set_queue_length(state_.tap, queue_frames);
  if (mtu_ < 1500) os_linux::set_mtu(state_.tap, mtu_);
  if (request.join == Join::bridge) {
    join_bridge();
  } else {
    os_linux::add_address(state_.tap, *request.host_address);
  }
  os_linux::set_up(state_.tap, true);
  if (request.join == Join::nat) translate(request);
}

void NetworkSetup::join_bridge() {
  if (state_.bridge.empty()) {
    os_linux::set_master(state_.tap, uplink_);
    return;
  }
  os_linux::add_bridge(state_.bridge);
  made_.bridge = state_.bridge;
  made_.bridge_index = os_linux::find_interface(state_.bridge).index;
  // It joins a TAP to an interface of this namespace: it leads out no more than that interface does.
  if (is_sealed_) os_linux::set_alias(state_.bridge, std::string{os_linux::seal_alias});
  switch_off_ipv6(state_.bridge);
  os_linux::set_master(uplink_, state_.bridge);
  os_linux::set_master(state_.tap, state_.bridge);
  os_linux::set_up(state_.bridge, true);
}

void NetworkSetup::translate(const NetworkRequest& request) {
  // The rules first: nothing is forwarded before they say what.
  PacketFilter{nft_program_}.add(
      {.table = state_.table, .tap = state_.tap, .uplink = uplink_, .subnet = *request.host_address});
  made_.table = state_.table;
  made_.forwarding = state_.forwarding;
  for (const auto& interface : {state_.tap, uplink_}) {
    if (!set_forwarding(interface, true)) throw system_failure("cannot let " + interface + " forward packets", errno);
  }
}

void NetworkSetup::remove_locked() noexcept {
  device_.reset();
  try {
    auto others = files_.all();
    std::erase_if(others, [&](const StateFiles::Entry& other) { return other.name == file_name_; });
    if (remove_network(made_, others, nft_program_)) files_.remove(file_name_);
  } catch (...) {  // no memory: the next start reads the file
  }
}

NetworkSetup::~NetworkSetup() {
  std::optional<os_linux::UniqueFd> lock;
  try {
    lock = files_.lock();
  } catch (...) {  // the directory is gone, and the record with it: what was made must not stay all the same
  }
  remove_locked();
}

NicRequest NetworkSetup::nic() const {
  NicRequest nic;
  nic.kind = life_ == TapLife::descriptor ? NicKind::descriptor : NicKind::tap;
  nic.tap = state_.tap;
  nic.descriptor = device_.get();
  nic.mac = fresh_mac();
  nic.mtu = mtu_;
  return nic;
}

std::array<std::uint8_t, 6> fresh_mac() {
  std::array<std::uint8_t, 6> mac{};
  if (::getrandom(mac.data(), mac.size(), 0) != static_cast<ssize_t>(mac.size()))
    throw system_failure("cannot get random numbers", errno);
  mac[0] = 0x02;
  return mac;
}

}  // namespace utnt::tender
