// SPDX-License-Identifier: BSD-2-Clause
// `utnt run`: what `utnt trace` does, from inside the unikernel.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/run_launch.hpp"
#include "apps/utnt/run_options.hpp"

namespace utnt::apps {

void register_run(CLI::App& root, Invocation& invocation) {
  auto* command = root.add_subcommand("run", "Trace from inside the unikernel: the same options, the same results");
  auto options = std::make_shared<RunOptions>();
  add_run_options(*command, *options);
  command->footer(
      "The image holds the prober and nothing else. A tender starts it: `process` in a sandbox that allows five "
      "system\n"
      "calls, `qemu` as a virtual machine. Destinations, block lists and the checkpoint are read here; the image "
      "sends\n"
      "and concludes; what it writes becomes the same files as those of `utnt trace`. An image that ends too early\n"
      "leaves every finished result readable.\n"
      "\n"
      "Exit codes beyond those of `utnt trace`: 124 the image ended without closing its results, 125 a fault in it,\n"
      "126 an assertion in it.\n"
      "\n"
      "Examples:\n"
      "  utnt lab up php --unix /tmp/port && utnt run 20.0.8.2\n"
      "                                                    in the emulated Internet, without privileges\n"
      "  utnt run --net tap:tap0 --ip 192.0.2.7/24 --gateway 192.0.2.1 -f targets.txt -o out.jsonl\n"
      "  utnt run --json 20.0.8.2                          with start-up times and memory as JSON lines");
  command->callback([options, &invocation] {
    invocation.run = [options] {
      check_run_options(*options);
      return ImageLaunch{*options}.run();
    };
  });
}

}  // namespace utnt::apps
