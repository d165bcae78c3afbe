// SPDX-License-Identifier: BSD-2-Clause
// The actions of `utnt fleet` that look at the store or change it, one function each; fleet.cpp gives them their
// options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/utnt/command.hpp"

namespace utnt::apps {

struct FleetListOptions {
  std::string directory;
  std::string state;
  std::string campaign;
  std::string node;
  std::size_t limit{100};
  bool json{false};
};
ExitCode fleet_ls(const FleetListOptions& options);

struct FleetJobOptions {
  std::string directory;
  std::string job;  ///< identity, or its first digits
  bool json{false};
};
/// One job: its row and where it is.
ExitCode fleet_show(const FleetJobOptions& options);
/// By the controller that runs.
ExitCode fleet_cancel(const FleetJobOptions& options);
/// Everything that happened to it, and why.
ExitCode fleet_explain(const FleetJobOptions& options);

struct FleetExportOptions {
  std::string directory;
  std::string campaign;
  std::string output{"-"};
  bool with_partial{false};
};
/// Rows of results.
ExitCode fleet_results(const FleetListOptions& options);
/// The traces of all results as JSON lines.
ExitCode fleet_export(const FleetExportOptions& options);

struct FleetImageOptions {
  std::string directory;
  std::string file;
  std::string name;
  std::uint32_t keep{1};
  bool json{false};
};
ExitCode fleet_image_add(const FleetImageOptions& options);
ExitCode fleet_image_list(const FleetImageOptions& options);
/// Removes images that no job needs, but for the newest `keep` of each name.
ExitCode fleet_image_gc(const FleetImageOptions& options);

struct FleetNodesOptions {
  std::string directory;
  std::string inventory;
  std::string node;
  bool enrols{false};
  bool json{false};
};
ExitCode fleet_nodes_check(const FleetNodesOptions& options);
ExitCode fleet_nodes_list(const FleetNodesOptions& options);
ExitCode fleet_nodes_import(const FleetNodesOptions& options);
ExitCode fleet_nodes_revoke(const FleetNodesOptions& options);
/// Another key for the node's agent, for which the old one vouches.
ExitCode fleet_nodes_rotate(const FleetNodesOptions& options);
/// Unpins the key of its sshd.
ExitCode fleet_nodes_forget_host_key(const FleetNodesOptions& options);

struct FleetBlockListOptions {
  std::string directory;
  std::string file;
};
ExitCode fleet_block_list(const FleetBlockListOptions& options);

/// Whether the ledger balances and the audit log's chain is whole.
ExitCode fleet_audit(const FleetListOptions& options);
/// Ends all probing on all nodes.
ExitCode fleet_stop(const FleetNodesOptions& options);

}  // namespace utnt::apps
