// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet`: measuring on demand, on many nodes, without losing a result. Options of its commands; what they do
// stands in fleet_*.cpp.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_replay.hpp"
#include "apps/utnt/fleet_run.hpp"

namespace utnt::apps {

namespace {

/// Adds a command with options of its own; `fill` gives them their names.
template <class Options, class Fill>
void add(CLI::App& parent, Invocation& invocation, const char* name, const char* text,
         ExitCode (*action)(const Options&), Fill fill) {
  auto* command = parent.add_subcommand(name, text);
  auto options = std::make_shared<Options>();
  command->add_option("--dir", options->directory, "Directory of the controller")->type_name("DIRECTORY");
  fill(*command, *options);
  command->callback(
      [options, action, &invocation] { invocation.run = [options, action] { return action(*options); }; });
}

template <class Options>
void add_json(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "JSON lines");
}

void add_jobs(CLI::App& fleet, Invocation& invocation) {
  const auto list = [](CLI::App& command, FleetListOptions& o) {
    command.add_option("--campaign", o.campaign, "Of this campaign")->type_name("NAME");
    command.add_option("--node", o.node, "Of this node")->type_name("NAME");
    add_json(command, o);
  };
  add<FleetListOptions>(fleet, invocation, "ls", "List jobs, newest first", &fleet_ls,
                        [&](CLI::App& command, FleetListOptions& o) {
                          list(command, o);
                          command.add_option("--state", o.state, "In this state")->type_name("STATE");
                          command.add_option("--limit", o.limit, "At most so many")->capture_default_str();
                        });
  const auto job = [](CLI::App& command, FleetJobOptions& o) {
    command.add_option("JOB", o.job, "Its identity, or the first four digits or more")->required()->type_name("ID");
    add_json(command, o);
  };
  add<FleetJobOptions>(fleet, invocation, "show", "Show one job", &fleet_show, job);
  add<FleetJobOptions>(fleet, invocation, "explain", "Tell all that happened to a job, and why", &fleet_explain, job);
  add<FleetJobOptions>(fleet, invocation, "cancel", "Cancel a job, by the running controller", &fleet_cancel, job);
  add<FleetListOptions>(fleet, invocation, "results", "List results", &fleet_results, list);
  add<FleetExportOptions>(fleet, invocation, "export", "Write the traces of all results as JSON lines", &fleet_export,
                          [](CLI::App& command, FleetExportOptions& o) {
                            command.add_option("--campaign", o.campaign, "Of this campaign")->type_name("NAME");
                            command.add_option("-o,--output", o.output, "File, or - for standard output")
                                ->type_name("FILE")
                                ->capture_default_str();
                            command.add_flag("--partial", o.with_partial, "Those of runs that did not end well too");
                          });
  add<FleetListOptions>(fleet, invocation, "audit", "Check that the ledger balances and the audit log is whole",
                        &fleet_audit, [](CLI::App& command, FleetListOptions& o) {
                          command.add_option("--limit", o.limit, "Show so many rows of the log")->capture_default_str();
                        });
}

void add_images(CLI::App& fleet, Invocation& invocation) {
  auto* image = fleet.add_subcommand("image", "The images that nodes run, by their digest");
  image->require_subcommand(1);
  add<FleetImageOptions>(
      *image, invocation, "add", "Sign a file and make it known", &fleet_image_add,
      [](CLI::App& command, FleetImageOptions& o) {
        command.add_option("FILE", o.file, "The image")->required()->type_name("FILE");
        command.add_option("--name", o.name, "Its name; default: that of the file")->type_name("NAME");
      });
  add<FleetImageOptions>(*image, invocation, "list", "List them", &fleet_image_list,
                         [](CLI::App& command, FleetImageOptions& o) { add_json(command, o); });
  add<FleetImageOptions>(
      *image, invocation, "gc", "Remove those that no job needs", &fleet_image_gc,
      [](CLI::App& command, FleetImageOptions& o) {
        command.add_option("--keep", o.keep, "The newest so many of each name stay")->capture_default_str();
      });
}

void add_nodes(CLI::App& fleet, Invocation& invocation) {
  auto* nodes = fleet.add_subcommand("nodes", "The machines that run them");
  nodes->require_subcommand(1);
  add<FleetNodesOptions>(*nodes, invocation, "check", "Connect to each and find out, by trying, what it can do",
                         &fleet_nodes_check, [](CLI::App& command, FleetNodesOptions& o) {
                           command
                               .add_option("--inventory", o.inventory,
                                           "Nodes; default: inventory.toml in the directory, else this machine")
                               ->type_name("FILE");
                           command.add_flag("--enrol", o.enrols,
                                            "Pin host keys and agents' keys that are not known yet; take an agent's "
                                            "new key instead of its old one");
                           add_json(command, o);
                         });
  add<FleetNodesOptions>(*nodes, invocation, "list", "List the enrolled ones", &fleet_nodes_list,
                         [](CLI::App& command, FleetNodesOptions& o) { add_json(command, o); });
  add<FleetNodesOptions>(*nodes, invocation, "import", "Turn another tool's inventory into ours, on standard output",
                         &fleet_nodes_import, [](CLI::App& command, FleetNodesOptions& o) {
                           command
                               .add_option("FILE", o.inventory, "Ansible's (INI, YAML, JSON) or host,user,key (CSV)")
                               ->required()
                               ->type_name("FILE");
                         });
  const auto node = [](CLI::App& command, FleetNodesOptions& o) {
    command.add_option("NODE", o.node, "Its name")->required()->type_name("NAME");
  };
  const auto reached_node = [node](CLI::App& command, FleetNodesOptions& o) {
    node(command, o);
    command
        .add_option("--inventory", o.inventory, "Nodes; default: inventory.toml in the directory, else this machine")
        ->type_name("FILE");
  };
  add<FleetNodesOptions>(*nodes, invocation, "rotate", "Give a node's agent another key, for which its old one vouches",
                         &fleet_nodes_rotate, reached_node);
  add<FleetNodesOptions>(*nodes, invocation, "revoke", "Take nothing from a node's key any more", &fleet_nodes_revoke,
                         node);
  add<FleetNodesOptions>(*nodes, invocation, "forget-host-key",
                         "Unpin the key of a host that was set up anew, so that check --enrol may pin another",
                         &fleet_nodes_forget_host_key, reached_node);
  const auto inventory = [](CLI::App& command, FleetNodesOptions& o) {
    command
        .add_option("--inventory", o.inventory, "Nodes; default: inventory.toml in the directory, else this machine")
        ->type_name("FILE");
    add_json(command, o);
  };
  add<FleetNodesOptions>(fleet, invocation, "stop", "End all probing on all nodes", &fleet_stop, inventory);
  add<FleetBlockListOptions>(
      fleet, invocation, "block-list", "Put prefixes in force that no node may probe", &fleet_block_list,
      [](CLI::App& command, FleetBlockListOptions& o) {
        command.add_option("FILE", o.file, "Prefixes, one a line")->required()->type_name("FILE");
      });
}

}  // namespace

void register_fleet(CLI::App& root, Invocation& invocation) {
  auto* fleet = root.add_subcommand("fleet", "Measure on demand on many nodes, and lose no result");
  fleet->require_subcommand(1);
  auto* run = fleet->add_subcommand("run", "Turn events into runs on nodes, and bring their results into the store");
  auto run_options = std::make_shared<FleetRunOptions>();
  add_fleet_run_options(*run, *run_options);
  run->callback([run_options, &invocation] { invocation.run = [run_options] { return fleet_run(*run_options); }; });
  auto* replay = fleet->add_subcommand("replay", "Play an event list on a fleet of sealed namespaces, and time it");
  auto replay_options = std::make_shared<ReplayOptions>();
  add_fleet_replay_options(*replay, *replay_options);
  replay->callback(
      [replay_options, &invocation] { invocation.run = [replay_options] { return fleet_replay(*replay_options); }; });
  add_jobs(*fleet, invocation);
  add_images(*fleet, invocation);
  add_nodes(*fleet, invocation);
}

}  // namespace utnt::apps
