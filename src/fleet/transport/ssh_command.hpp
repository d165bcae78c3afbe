// SPDX-License-Identifier: BSD-2-Clause
// The words with which we start OpenSSH's `ssh`: the program itself and not a library, so that the user's ssh_config,
// jump hosts, agent and hardware keys keep working. What we set is what safety needs: pinned host keys only, no
// questions, no forwarding, one shared connection per node. OpenSSH 8.7 or newer. Source: ssh(1), ssh_config(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fleet/transport/child_process.hpp"

namespace utnt::fleet {

/// How a node is reached. Empty: as the user's ssh_config says.
struct SshTarget {
  std::string name;  ///< of the node; its host key is pinned under this name
  std::string host;  ///< name, address, or a Host of the user's ssh_config
  std::string user{};
  std::optional<std::uint16_t> port{};
  std::string key{};   ///< file of the private key; no other is offered then
  std::string jump{};  ///< [user@]host[:port], commas between several
};

struct SshPlaces {
  std::string runtime_dir;  ///< ours alone (0700), short: the shared connections' sockets lie there
  std::string known_hosts;  ///< the pinned host keys of this inventory
  std::string program{"ssh"};
  std::string config{};  ///< instead of the user's ssh_config
};

/// Runs `remote_command` there. It is a text of ours, never of a user: the remote login shell reads it.
/// Throws Failure (bad_input) that names the node and the field when one could be taken for something else.
Command ssh_command(const SshTarget& target, const SshPlaces& places, const std::string& remote_command);

/// Asks the shared connection whether it lives (exit status 0), or ends it.
enum class SshControl : std::uint8_t { check, exit };
Command ssh_control_command(const SshTarget& target, const SshPlaces& places, SshControl what);

/// Connects and accepts whatever host key is shown, into a file of its own: what the first contact is enrolled from.
/// Runs nothing, whether or not the login succeeds.
Command ssh_scan_command(const SshTarget& target, const SshPlaces& places, const std::string& known_hosts_file);

/// Starts the relay of the agent that was staged (see stage.hpp); throws Failure when that is no digest.
std::string remote_relay_command(const std::string& agent_digest);

/// The same for another of its commands that ends by itself: probe, rotate.
std::string remote_agent_command(const std::string& agent_digest, const std::string& word);

/// The same of an agent that the node's owner has installed, or that stands behind a forced command.
std::string remote_installed_command(const std::string& word);

/// Makes the directory (0700) when it is missing; throws Failure when it is not ours alone.
void prepare_runtime_dir(const std::string& path);

}  // namespace utnt::fleet
