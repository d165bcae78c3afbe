// SPDX-License-Identifier: BSD-2-Clause
// `utnt demo`: five short stories, one for each way in which MPLS changes what a traceroute shows. Each is traced for
// real, probe by probe, in an emulated network and in virtual time: no privilege, no network, no waiting. Then the
// emulator, which knows the truth, is asked whether the result is right.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/demo_image.hpp"
#include "apps/utnt/demo_story.hpp"
#include "apps/utnt/option_helpers.hpp"
#include "os_linux/signals.hpp"

namespace utnt::apps {

namespace {

struct DemoOptions {
  std::vector<std::string> stories;
  std::string color{"auto"};
};

bool wants_color(const DemoOptions& options) {
  return options.color == "always" || (options.color == "auto" && ::isatty(STDOUT_FILENO) == 1);
}

ExitCode run_demo(const DemoOptions& options) {
  const auto names = options.stories.empty() ? demo_stories() : options.stories;
  std::size_t right = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto story = tell_story(names[i]);
    std::fputs(render(story, i + 1, names.size(), wants_color(options)).c_str(), stdout);
    if (story.is_right) ++right;
  }
  const auto tenders = options.stories.empty() ? demo_tenders() : std::vector<std::string>{};
  std::size_t wrong_images = 0;
  const os_linux::StopSignals signals;  // from here on there are sockets and processes to take away
  for (const auto& tender : tenders) {
    const auto told = tell_in_image("php", tender, signals.fd());
    if (signals.requested()) return ExitCode::interrupted;
    std::fputs((render(told, wants_color(options)) + "\n").c_str(), stdout);
    if (!told.story.is_right) ++wrong_images;
  }
  if (options.stories.empty() && tenders.empty()) {
    std::fputs("Not told again inside the unikernel: its image is not installed beside this program.\n\n", stdout);
  }
  std::fputs(fmt::format("{} of {} stories: what utnt says is what is true.\n", right, names.size()).c_str(), stdout);
  if (std::fflush(stdout) != 0) throw Failure{ExitCode::environment, "cannot write to standard output"};
  return right == names.size() && wrong_images == 0 ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace

void register_demo(CLI::App& root, Invocation& invocation) {
  auto* command =
      root.add_subcommand("demo", "Show five kinds of MPLS tunnels, seen by traceroute and by utnt, and the truth");
  auto options = std::make_shared<DemoOptions>();
  command->add_option("STORY", options->stories, "Only these: explicit, implicit, opaque, php, uhp, or any scenario");
  one_of(command->add_option("--color", options->color, "Colours: auto (on a terminal), always or never"),
         {"auto", "always", "never"});
  command->callback([options, &invocation] { invocation.run = [options] { return run_demo(*options); }; });
}

}  // namespace utnt::apps
