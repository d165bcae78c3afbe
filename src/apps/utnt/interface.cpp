// SPDX-License-Identifier: BSD-2-Clause
// The hidden command `utnt interface` that prints man pages and completions, and the reading of the option table.
#include "apps/utnt/interface.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <sstream>

#include "apps/utnt/command.hpp"
#include "apps/utnt/option_helpers.hpp"

namespace utnt::apps {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream input{text};
  for (std::string part; std::getline(input, part, separator);) out.push_back(part);
  return out;
}

OptionFacts facts_of(const CLI::Option& option) {
  OptionFacts facts;
  for (const auto& name : option.get_snames()) facts.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) facts.names.push_back("--" + name);
  if (facts.names.empty()) facts.positional = option.get_name(true);
  const bool is_flag = option.get_items_expected_max() == 0;
  if (!is_flag) facts.value = option.get_type_name();
  if (facts.value.find('|') != std::string::npos) facts.words = split(facts.value, '|');
  facts.takes_file = facts.value == "FILE" || facts.positional == "FILE" || facts.value == "SCENARIO";
  facts.repeats = option.get_items_expected_max() > 1;
  facts.description = option.get_description();
  if (!is_flag) facts.default_value = option.get_default_str();
  facts.group = option.get_group();
  return facts;
}

std::string print_interface(const CLI::App& root, const std::string& kind, const std::string& page) {
  if (kind == "bash") return bash_completion(root);
  if (kind == "zsh") return zsh_completion(root);
  if (kind == "fish") return fish_completion(root);
  if (kind == "pages") {
    std::string names = "utnt\n";
    for (const auto* command : subcommands_of(root)) names += "utnt-" + command->get_name() + "\n";
    return names;
  }
  if (page == "utnt") return man_page(root, root);
  for (const auto* command : subcommands_of(root)) {
    if (page == "utnt-" + command->get_name()) return man_page(root, *command);
  }
  throw Failure{ExitCode::bad_input, "no page is called " + page + "; `utnt interface pages` lists them"};
}

}  // namespace

std::vector<OptionFacts> options_of(const CLI::App& command) {
  std::vector<OptionFacts> out;
  for (const auto* option : command.get_options()) {
    // --help-all serves `utnt` itself; CLI11 hands it down to every command.
    const bool is_inherited = command.get_parent() != nullptr && option->check_lname("help-all");
    if (!option->get_group().empty() && !is_inherited) out.push_back(facts_of(*option));
  }
  return out;
}

std::vector<const CLI::App*> subcommands_of(const CLI::App& command) {
  std::vector<const CLI::App*> out;
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) out.push_back(sub);
  }
  return out;
}

void register_interface(CLI::App& root, Invocation& invocation) {
  struct Options {
    std::string kind;
    std::string page{"utnt"};
  };
  auto* command = root.add_subcommand("interface", "Print man pages and shell completions")->group("");
  auto options = std::make_shared<Options>();
  one_of(command->add_option("KIND", options->kind, "man, pages, bash, zsh or fish"),
         {"man", "pages", "bash", "zsh", "fish"})
      ->required();
  command->add_option("PAGE", options->page, "Name of the man page");
  command->callback([options, &root, &invocation] {
    invocation.run = [options, &root] {
      std::fputs(print_interface(root, options->kind, options->page).c_str(), stdout);
      return ExitCode::done;
    };
  });
}

}  // namespace utnt::apps
