// SPDX-License-Identifier: BSD-2-Clause
// Which labs of this user are up: one directory each, with a record for people and programs and a lock that the server
// holds for as long as it lives. A directory whose lock is free belongs to a dead server and is removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os_linux/runtime_directory.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {

inline constexpr const char* default_lab = "default";

struct LabRecord {
  std::string name;
  std::string scenario;  ///< a compiled-in name, or the path of the registry's own copy of a file
  std::string title;
  std::uint64_t seed{0};
  int pid{0};  ///< the server
  std::string vantage_point;
  std::string unix_socket;  ///< path of the Ethernet port; empty when the lab is a namespace
  std::string started;      ///< UTC
  std::vector<std::string> destinations;
};

/// The record as one JSON object of type "lab", on one line: what the file holds and what commands print.
std::string json_text(const LabRecord& record);

using os_linux::runtime_directory;

class Registry {
 public:
  explicit Registry(std::string runtime_directory);

  /// A name of letters, digits, '-', '_' and '.', at most 40, taken for a lab about to start. The lock in it must live
  /// as long as the lab. Throws Failure (bad_input) when the name is wrong or that lab is up.
  struct Claim {
    std::string directory;
    os_linux::UniqueFd lock;
  };
  Claim claim(const std::string& name);

  /// Writes `record` into its claimed directory, all at once.
  void publish(const LabRecord& record);

  /// Labs that are up, by name; what dead ones left behind is removed.
  std::vector<LabRecord> running();

  /// The lab called `name`; with an empty name the default one, or the only one that is up.
  /// Throws Failure (environment) that says how to start one when there is none.
  LabRecord find(const std::string& name);

  /// Asks the server to end, waits for it, kills it after `patience_ms`, and removes its directory.
  /// Returns the server's last counters as text, empty when it left none.
  std::string stop(const LabRecord& record, int patience_ms);

 private:
  [[nodiscard]] std::string directory_of(const std::string& name) const;
  std::string labs_;
};

}  // namespace utnt::lab
