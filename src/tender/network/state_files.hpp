// SPDX-License-Identifier: BSD-2-Clause
// What is being made in the network, written down before it is made: whoever starts next reads what a killed program
// left. One small file for each set-up, below the runtime directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os_linux/unique_fd.hpp"
#include "tender/owner.hpp"

namespace utnt::tender {

struct NetworkState {
  Owner owner;
  std::string boot;           ///< of the machine, as the kernel numbers it: an earlier one left nothing
  std::string net_namespace;  ///< in which the rest lies, as its link in /proc reads
  std::string tap;            ///< names; empty: none
  std::string bridge;
  unsigned tap_index{0};  ///< tells it from another one of that name; 0: not made yet, or just about to be
  unsigned bridge_index{0};
  std::string table;       ///< of nftables, family ip
  std::string forwarding;  ///< interface whose forwarding was switched on
  bool had_forwarding{false};

  [[nodiscard]] std::string text() const;
  /// Empty for text that is not one, or not whole.
  static std::optional<NetworkState> parse(std::string_view text);
  /// Nothing made yet, here and now.
  static NetworkState here();
};

class StateFiles {
 public:
  /// Makes the directory. Throws os_linux::Failure.
  explicit StateFiles(std::string directory);
  /// That of this user.
  static StateFiles of_user();

  /// Nobody else changes files or interfaces while it lives. Throws os_linux::Failure.
  [[nodiscard]] os_linux::UniqueFd lock() const;
  /// All at once: a reader finds the old text or the new one. Throws os_linux::Failure.
  void write(const std::string& name, const NetworkState& state) const;
  void remove(const std::string& name) const noexcept;

  struct Entry {
    std::string name;
    NetworkState state;
  };
  [[nodiscard]] std::vector<Entry> all() const;

 private:
  std::string directory_;
};

}  // namespace utnt::tender
