// SPDX-License-Identifier: BSD-2-Clause
// A lab as a process of its own: started in the background with a namespace that it holds open, entered by others.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emu/network.hpp"
#include "lab/registry.hpp"

namespace utnt::lab {

enum class PortKind {
  automatic,  ///< a TAP, or a pair of interfaces where /dev/net/tun may not be opened
  tap,
  pair,
  tap_here,     ///< a TAP in the namespace of the caller, which must be sealed
  unix_socket,  ///< no namespace: a Unix datagram socket at LabRecord::unix_socket
};

struct LabPlan {
  LabRecord record;  ///< pid, vantage_point and started are filled in here
  PortKind port{PortKind::automatic};
};

/// Starts a server of `network` in the background and returns once it serves; `record` is then published.
/// Throws Failure with the server's own message when it could not start.
LabRecord start_lab(Registry& registry, Registry::Claim claim, LabPlan plan, emu::Network& network);

/// Moves this process into the lab's namespaces, as its root. Throws Failure, also when the lab has no namespace.
void enter_lab(const LabRecord& record);

/// Replaces this process by `command` (searched in PATH). Returns only when that fails: the exit code that shells give,
/// 127 not found, 126 not executable, after a message on stderr.
int execute(const std::vector<std::string>& command);

}  // namespace utnt::lab
