// SPDX-License-Identifier: BSD-2-Clause
// The few words that utnt-node understands, without a library: it is small because it is sent to other machines.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace utnt::fleet {

inline constexpr const char* node_version = "utnt-node 0.1.0";

enum class NodeCommand : std::uint8_t { relay, agent, probe, rotate, version, help };

struct NodeArguments {
  NodeCommand command{NodeCommand::help};
  std::string spool;  ///< absolute; empty: the default
};

/// What was asked of a relay that is the forced command of an ssh key: its last word names a command of ours, whatever
/// stands before it. Throws os_linux::Failure (not_permitted): it is another.
NodeCommand forced_command(const std::string& original);

/// Throws os_linux::Failure (bad_input).
NodeArguments parse_node_arguments(std::span<char* const> words);

}  // namespace utnt::fleet
