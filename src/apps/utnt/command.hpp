// SPDX-License-Identifier: BSD-2-Clause
// How a subcommand joins `utnt`. A file trace.cpp defines register_trace(): it adds its subcommand and options to the
// root and, in the subcommand's callback, sets Invocation::run. main() calls run() and turns exceptions into exit codes:
//   auto* dump = root.add_subcommand("dump", "Read results");
//   auto options = std::make_shared<DumpOptions>();
//   dump->add_option("FILE", options->file, "...")->required();
//   dump->callback([options, &invocation] { invocation.run = [options] { return dump_file(*options); }; });
// The CLI11 application built this way is the one option table: --help, man pages and completions come from it.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace utnt::apps {

/// Exit codes of every command; documented in docs/reference/exit_codes.md.
enum class ExitCode : int {
  done = 0,
  done_with_failures = 1,   ///< finished, and some inputs or results failed; the summary counts them
  usage = 2,                ///< wrong options or unreadable input
  not_permitted = 3,        ///< a privilege is missing
  environment = 4,          ///< no route, no interface, no space, output closed
  refused = 5,              ///< a safety rule forbids it
  interrupted = 130,        ///< stopped by a signal, the output is valid
};

/// What the command line asked for; main() runs it.
struct Invocation {
  std::function<ExitCode()> run;
  /// Set only by pass-through commands (`lab exec`), whose exit code is that of the program they ran.
  int passed_exit_code{-1};
};

/// Ends the command with `code` and a message for people: what, where, what to do.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitCode code, const std::string& message) : std::runtime_error{message}, code_{code} {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

void register_trace(CLI::App& root, Invocation& invocation);
void register_dump(CLI::App& root, Invocation& invocation);
void register_lab(CLI::App& root, Invocation& invocation);
void register_demo(CLI::App& root, Invocation& invocation);
void register_doctor(CLI::App& root, Invocation& invocation);

/// Adds every subcommand and the options of `utnt` itself.
void build_command_line(CLI::App& root, Invocation& invocation);

}  // namespace utnt::apps
