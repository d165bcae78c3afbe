// SPDX-License-Identifier: BSD-2-Clause
// A fleet for one replay: the calling process becomes the first of a PID namespace whose network is sealed; each node
// is a namespace of its own with an sshd, joined to it by a pair of interfaces of limited rate, and a lab that its
// instances measure. All of it ends with that process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fleet/controller/inventory.hpp"
#include "fleet/transport/child_process.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::apps {

/// What every deployment measures: behind a hidden tunnel of three routers, links of 5 ms.
inline constexpr const char* replay_destination = "20.0.8.2";
/// Of one instance; what each variant does well with.
std::uint64_t replay_memory(const std::string& variant, const std::string& tender);

/// Throws Failure: not root, or a program (sshd, ssh-keygen, tc) is missing.
void check_replay_is_possible();

/// Forks a process that is the first of new PID, mount and network namespaces, the last sealed; with it dies whatever
/// runs there, and it dies with its parent. Returns twice, as fork() does.
int fork_sealed();

/// Of nodes in `directory` whose processes are gone: what they left outside it.
void remove_traces(const std::string& directory);

class ReplayNodes {
 public:
  struct Setting {
    std::uint32_t count{5};
    std::uint32_t link_mbit{20};  ///< 0: links are not shaped
    std::string variant{"unikernel"};
    std::uint64_t memory_bytes{0};  ///< that an instance may have
  };
  /// In the process that fork_sealed() made; `directory` is empty and nobody else's.
  ReplayNodes(std::string directory, Setting setting);

  [[nodiscard]] fleet::Inventory inventory() const;
  /// A known_hosts file with the nodes' keys, which nobody has to be asked for: they were made here.
  void pin_host_keys(const std::string& known_hosts) const;

 private:
  void add_node(std::uint32_t number);

  struct Node {
    std::string name;
    std::string directory;
    std::string address;
    os_linux::UniqueFd network;
    std::unique_ptr<fleet::ChildProcess> sshd;
  };
  std::string directory_;
  Setting setting_;
  std::vector<Node> nodes_;
};

}  // namespace utnt::apps
