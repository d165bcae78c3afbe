// SPDX-License-Identifier: BSD-2-Clause
// How a subcommand joins `utnt`. A file trace.cpp defines register_trace(): it adds its subcommand and options to the
// root and, in the subcommand's callback, sets Invocation::run. main() calls run() and maps Failure to its
// exit code, any other exception to `environment`:
//   auto* dump = root.add_subcommand("dump", "Read results");
//   auto options = std::make_shared<DumpOptions>();
//   dump->add_option("FILE", options->file, "...")->required();
//   dump->callback([options, &invocation] { invocation.run = [options] { return dump_file(*options); }; });
// The CLI11 application built this way is the one option table: --help, man pages and completions come from it.
#pragma once

#include <functional>

#include "os_linux/exit_code.hpp"
#include "os_linux/failure.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

using os_linux::ExitCode;
using os_linux::Failure;  ///< ends the command with its exit code and a message: what, where, what to do

/// What the command line asked for; main() runs it.
struct Invocation {
  std::function<ExitCode()> run;
  /// Set only by pass-through commands (`lab exec`), whose exit code is that of the program they ran.
  int passed_exit_code{-1};
};

void register_trace(CLI::App& root, Invocation& invocation);
void register_run(CLI::App& root, Invocation& invocation);
void register_dump(CLI::App& root, Invocation& invocation);
void register_lab(CLI::App& root, Invocation& invocation);
void register_fleet(CLI::App& root, Invocation& invocation);
void register_demo(CLI::App& root, Invocation& invocation);
void register_doctor(CLI::App& root, Invocation& invocation);
void register_interface(CLI::App& root, Invocation& invocation);

/// Adds every subcommand and the options of `utnt` itself.
void build_command_line(CLI::App& root, Invocation& invocation);

}  // namespace utnt::apps
