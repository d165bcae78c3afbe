// SPDX-License-Identifier: BSD-2-Clause
// The pinned host keys of an inventory: a known_hosts file that only we write, one line for each node. First contact
// reads a key from the host and returns it; somebody has to decide that it is the right one before it is pinned.
// Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fleet/transport/ssh_command.hpp"

namespace utnt::fleet {

struct HostKey {
  std::string type{};  ///< "ssh-ed25519"
  std::string key{};   ///< base64
  friend bool operator==(const HostKey&, const HostKey&) = default;
};

/// As `ssh-keygen -l` shows it: "SHA256:" and base64 without padding.
std::string fingerprint(const HostKey& key);

/// The keys that stand in a known_hosts text under exactly this name.
std::vector<HostKey> host_keys_named(std::string_view text, std::string_view name);

/// The same of a file; one that is not there holds none. Throws TrustError when it cannot be read.
std::vector<HostKey> pinned_keys(const std::string& path, std::string_view name);
/// Replaces what was pinned for that name; nothing in `keys`: the name is removed. The file changes whole or not at
/// all; of several programs and threads that pin at once none undoes what another did.
void pin_keys(const std::string& path, std::string_view name, const std::vector<HostKey>& keys);

/// Asks the host for its key, through jump hosts and all: what `--enrol` shows and pins. Throws Failure with the words
/// of ssh when no host answers.
/// `cancel`: see CommandLimits.
std::vector<HostKey> scan_host_keys(const SshTarget& target, const SshPlaces& places, int cancel = -1);

}  // namespace utnt::fleet
