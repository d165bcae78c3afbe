// SPDX-License-Identifier: BSD-2-Clause
// Man pages and shell completions, written from the same option table that the parser uses. The committed files in
// docs/man and packaging/completions are this output; a test compares them.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace utnt::apps {

/// One option or argument as the generators need it.
struct OptionFacts {
  std::vector<std::string> names;  ///< "-o", "--output"; empty for a positional argument
  std::string positional;          ///< "DST", empty for an option
  std::string value;               ///< "FILE", "N", "text|jsonl"; empty for a flag
  std::vector<std::string> words;  ///< the values to choose from, if there are such
  bool takes_file{false};
  bool repeats{false};
  std::string description;
  std::string default_value;
  std::string group;
};

std::vector<OptionFacts> options_of(const CLI::App& command);
/// Visible subcommands, in the order in which they were added.
std::vector<const CLI::App*> subcommands_of(const CLI::App& command);

/// utnt.1 for the root, utnt-NAME.1 for a command.
std::string man_page(const CLI::App& root, const CLI::App& command);
std::string bash_completion(const CLI::App& root);
std::string zsh_completion(const CLI::App& root);
std::string fish_completion(const CLI::App& root);

}  // namespace utnt::apps
