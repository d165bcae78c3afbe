// SPDX-License-Identifier: BSD-2-Clause
// `utnt trace`: traces destinations and reveals the MPLS tunnels on the way.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/trace_options.hpp"
#include "apps/utnt/trace_run.hpp"

namespace utnt::apps {

void register_trace(CLI::App& root, Invocation& invocation) {
  auto* command = root.add_subcommand("trace", "Trace destinations and reveal the MPLS tunnels on the way");
  auto options = std::make_shared<TraceOptions>();
  add_trace_options(*command, *options);
  command->callback([options, &invocation] {
    invocation.run = [options] {
      check_trace_options(*options);
      return TraceRun{*options}.run();
    };
  });
}

}  // namespace utnt::apps
