// SPDX-License-Identifier: BSD-2-Clause
// An interface for an image, made on request: a TAP, and what joins it to the world (a bridge, address translation, or
// this host alone). The seal is asked before anything is made. All of it goes with the object; what a program that was
// killed left goes when the next object is made in the same network namespace.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "os_linux/interfaces.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/network/state_files.hpp"
#include "tender/network/tap.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

enum class Join : std::uint8_t {
  host,    ///< nothing: this host is the gateway, and forwards or not as it is configured
  bridge,  ///< port of a bridge, or joined to an Ethernet interface without addresses by a bridge of our own
  nat,     ///< this host forwards what leaves through one interface, with that interface's address
};

struct NetworkRequest {
  std::string tap;  ///< empty: utnt-tapN, the first that is free
  TapLife life{TapLife::descriptor};
  Join join{Join::host};
  std::string uplink;                        ///< bridge, nat: the existing interface
  std::optional<wire::Prefix> host_address;  ///< host, nat: of the TAP itself: the image's gateway, and its subnet
  std::string nft_program;                   ///< empty: where Debian has it
};

class NetworkSetup {
 public:
  /// Throws SealRefusal, or Failure: bad_input, not_permitted, environment. Nothing is left behind then.
  explicit NetworkSetup(const NetworkRequest& request) : NetworkSetup{request, StateFiles::of_user()} {}
  NetworkSetup(const NetworkRequest& request, StateFiles files);
  NetworkSetup(const NetworkSetup&) = delete;
  NetworkSetup& operator=(const NetworkSetup&) = delete;
  ~NetworkSetup();

  /// What the tender is given: the descriptor (borrowed from here), or the name of a persistent TAP.
  [[nodiscard]] NicRequest nic() const;
  [[nodiscard]] const std::string& tap() const { return state_.tap; }
  /// Of this host's end: the gateway's hardware address when this host is the gateway.
  [[nodiscard]] const std::array<std::uint8_t, 6>& host_mac() const { return host_mac_; }
  /// The image has its copy of the descriptor: from now on the TAP goes when the image does.
  void release_descriptor() { device_.reset(); }

 private:
  void plan(const NetworkRequest& request);
  void make(const NetworkRequest& request);
  void join_bridge();
  void translate(const NetworkRequest& request);
  void remove_locked() noexcept;

  StateFiles files_;
  std::string file_name_;
  NetworkState state_;  ///< what is to be made
  NetworkState made_;   ///< what of it has been made
  std::string nft_program_;
  std::string uplink_;
  os_linux::UniqueFd device_;
  std::array<std::uint8_t, 6> host_mac_{};
  std::uint16_t mtu_{1500};
  TapLife life_{TapLife::descriptor};
  bool is_sealed_{false};
};

/// Takes away what `state` names, as far as it is there: true when nothing is left. `others`: what still lives.
bool remove_network(const NetworkState& state, const std::vector<StateFiles::Entry>& others,
                    const std::string& nft_program) noexcept;

/// What programs that were killed left in this network namespace. The caller holds the lock.
void remove_stale_networks(const StateFiles& files, const std::string& nft_program = {});

/// A hardware address that nobody else has: random, locally administered.
std::array<std::uint8_t, 6> fresh_mac();

}  // namespace utnt::tender
