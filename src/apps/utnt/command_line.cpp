// SPDX-License-Identifier: BSD-2-Clause
// The root of the command line: name, version and the list of subcommands, in the order that --help shows them.
#include <CLI/CLI.hpp>

#include "apps/utnt/command.hpp"
#include "apps/utnt/version.hpp"

namespace utnt::apps {

void build_command_line(CLI::App& root, Invocation& invocation) {
  root.name("utnt");
  root.description("Traceroute that reveals MPLS tunnels.");
  root.footer(
      "Exit codes: 0 done, 1 done with failures counted, 2 usage or bad input, 3 not permitted, 4 environment,\n"
      "5 refused by a safety rule, 124 to 126 an image that failed, 130 interrupted with valid output.\n"
      "`utnt COMMAND --help` tells more.");
  root.set_version_flag("--version", version_text, "Print version, commit, rule sets and schema version, and exit");
  root.set_help_all_flag("--help-all", "Print the help of every command and exit");
  root.require_subcommand(1);
  for (auto* add : {&register_trace, &register_run, &register_dump, &register_lab, &register_fleet, &register_demo,
                    &register_doctor, &register_interface}) {
    add(root, invocation);
  }
}

}  // namespace utnt::apps
