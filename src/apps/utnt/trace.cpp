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
  command->footer(
      "Results go to standard output as text, or to a file by -o, one trace as soon as it is finished. A file that "
      "exists is\n"
      "never overwritten unasked. In warts files the tunnels have no place: they go to FILE.tunnels.jsonl beside it.\n"
      "Probing needs the capability CAP_NET_RAW, which is given up before the first probe leaves.\n"
      "SIGHUP reads the block lists again: from then on nothing goes to what they name, also not of traces under way. "
      "A "
      "list\n"
      "with a mistake changes nothing. Without a block list SIGHUP ends the run as SIGTERM does, with valid output.\n"
      "\n"
      "Examples:\n"
      "  utnt trace --emulate php                          an emulated network, without privileges\n"
      "  utnt trace 192.0.2.1                              one destination, text on the terminal\n"
      "  utnt trace -f targets.txt -o out.jsonl --checkpoint out.checkpoint\n"
      "                                                    a campaign that survives interruptions\n"
      "  utnt trace -f targets.txt -o out.warts --pps 2000 --attribution https://example.net/probing.txt");
  command->callback([options, &invocation] {
    invocation.run = [options] {
      check_trace_options(*options);
      return TraceRun{*options}.run();
    };
  });
}

}  // namespace utnt::apps
