// SPDX-License-Identifier: BSD-2-Clause
// What a node must not forget: the jobs that it has taken, and the results that the store has not yet acknowledged.
// Everything is on the disk before anybody is told of it. Source: the fleet specification, rules R1 and R2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "fleet/model/agent.hpp"
#include "fleet/model/order.hpp"
#include "fleet/node/durable_file.hpp"

namespace utnt::fleet {

class Spool {
 public:
  /// `reserve_bytes`: what must stay free on the disk; a job is refused (no space) rather than begun below it.
  explicit Spool(std::string directory, std::uint64_t reserve_bytes = std::uint64_t{16} << 20, NodeFault fault = {});

  struct TakenJob {
    Order order;
    std::uint32_t attempt{1};
  };
  void remember(const Order& order, std::uint32_t attempt);
  void forget(const std::string& job);
  /// Jobs that were taken and neither ended nor forgotten. An unreadable entry is moved aside and named in
  /// complaints().
  std::vector<TakenJob> taken();

  /// Writes a bundle (fleet/model/bundle.hpp), durably. Returns what finish and result messages need.
  SpooledResult put(const std::string& bundle);
  /// All results; one whose content does not match its name is moved aside and named in complaints().
  std::vector<SpooledResult> results();
  [[nodiscard]] std::string read(const std::string& digest) const;
  void drop(const std::string& digest);

  /// Whether a job whose result may have so many bytes fits.
  [[nodiscard]] bool has_room(std::uint64_t bytes) const;
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void remove(const std::string& path);
  void move_aside(const std::string& folder, const std::string& name, const std::string& why);

  std::string directory_;
  std::uint64_t reserve_bytes_;
  NodeFault fault_;
  std::vector<std::string> complaints_;
};

}  // namespace utnt::fleet
