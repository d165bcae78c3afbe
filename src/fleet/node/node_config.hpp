// SPDX-License-Identifier: BSD-2-Clause
// What the owner of a node decides for it; a controller can only ask for less. Read from config.json in the spool,
// which may be missing. Fields: docs/reference/fleet.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/model/budget.hpp"
#include "fleet/node/run.hpp"

namespace utnt::fleet {

struct NodeConfig {
  std::string spool;
  std::uint32_t slots{64};
  std::uint32_t pps_max{1000};                        ///< of all instances together
  std::uint32_t prefix_pps_max{20};                   ///< to one /24 (IPv6: /48), all instances together; 0: no limit
  std::uint64_t probes_per_hour_max{1'000'000};       ///< of all instances; 0: no limit
  std::uint64_t prefix_probes_per_hour_max{36'000};   ///< to one /24; 0: no limit
  std::uint64_t memory_max{std::uint64_t{64} << 20};  ///< of one instance
  std::uint64_t image_cache_bytes{std::uint64_t{1} << 30};
  std::uint64_t spool_reserve_bytes{std::uint64_t{16} << 20};
  std::vector<std::string> tenders{"process", "qemu"};  ///< allowed ones
  std::vector<std::string> variants{"unikernel"};
  bool allow_reserved{false};          ///< private, loopback and on-link targets
  std::vector<std::string> forbidden;  ///< further prefixes
  std::optional<std::vector<std::string>>
      image_urls;       ///< beginnings of those that images may be fetched from; none: any
  NodeNetwork network;  ///< empty kind: the controller's proposal
  std::uint32_t idle_seconds{600};
};

/// A JSON object with the fields of NodeNetwork; null or {}: none. Throws os_linux::Failure (bad_input) with `where`.
NodeNetwork parse_network(const std::string& text, const std::string& where);

/// Throws os_linux::Failure (bad_input) that names file, field and what was expected.
NodeConfig read_node_config(const std::string& spool);

BudgetLimits budget_limits(const NodeConfig& config);

}  // namespace utnt::fleet
