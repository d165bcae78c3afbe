// SPDX-License-Identifier: BSD-2-Clause
// Removal, for the maker itself and for whoever comes after a killed one: the same steps, each of which may find its
// work done already. A file stays while something that it names does, so that the next start tries again.
#include <algorithm>
#include <fstream>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "tender/network/forwarding.hpp"
#include "tender/network/network_setup.hpp"
#include "tender/network/packet_filter.hpp"

namespace utnt::tender {
namespace {

/// True when that interface is not there any more. One of the same name that somebody else made since stays.
bool remove_of_kind(const std::string& name, unsigned index, const std::string& kind) {
  try {
    const auto interface = os_linux::look_for_interface(name);
    if (!interface || interface->kind != kind || (index != 0 && interface->index != index)) return true;
    os_linux::remove_interface(name);
    return true;
  } catch (const os_linux::Failure&) {
    return false;
  }
}

bool remove_table(const std::string& table, const std::string& nft_program) {
  try {
    PacketFilter{nft_program}.remove(table);
    return true;
  } catch (const os_linux::Failure&) {
    return false;
  }
}

bool restore_forwarding(const NetworkState& state, const std::vector<StateFiles::Entry>& others) {
  const bool is_shared = std::ranges::any_of(others, [&](const StateFiles::Entry& other) {
    return other.state.forwarding == state.forwarding && other.state.net_namespace == state.net_namespace;
  });
  if (is_shared || state.had_forwarding) return true;
  // An interface that has gone took its setting along.
  return set_forwarding(state.forwarding, false) || !is_forwarding(state.forwarding).has_value();
}

}  // namespace

bool remove_network(const NetworkState& state, const std::vector<StateFiles::Entry>& others,
                    const std::string& nft_program) noexcept {
  try {
    bool is_done = state.table.empty() || remove_table(state.table, nft_program);
    if (!state.forwarding.empty()) is_done = restore_forwarding(state, others) && is_done;
    if (!state.bridge.empty()) is_done = remove_of_kind(state.bridge, state.bridge_index, "bridge") && is_done;
    if (!state.tap.empty()) is_done = remove_of_kind(state.tap, state.tap_index, "tun") && is_done;
    return is_done;
  } catch (...) {  // out of memory
    return false;
  }
}

void remove_stale_networks(const StateFiles& files, const std::string& nft_program) {
  const auto here = NetworkState::here();
  auto entries = files.all();
  const auto is_stale = [&](const StateFiles::Entry& entry) {
    return entry.state.boot != here.boot || entry.state.owner.is_gone();
  };
  while (true) {
    const auto stale = std::ranges::find_if(entries, is_stale);
    if (stale == entries.end()) return;
    const auto entry = *stale;
    entries.erase(stale);
    const bool was_before_boot = entry.state.boot != here.boot;
    // Another namespace can be reached by its own programs only.
    if (!was_before_boot && entry.state.net_namespace != here.net_namespace) continue;
    if (was_before_boot || remove_network(entry.state, entries, nft_program)) files.remove(entry.name);
  }
}

}  // namespace utnt::tender
