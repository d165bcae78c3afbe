// SPDX-License-Identifier: BSD-2-Clause
// Completions for bash, zsh and fish: commands, options, and values where they are known (words and file names).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "apps/utnt/interface.hpp"

namespace utnt::apps {

namespace {

constexpr auto origin = "# Completion of utnt. Written by `utnt interface`; do not edit.\n";

/// Calls `visit` for every command below `command`, parents first, with its words joined by blanks.
void for_each_command(const CLI::App& command, const std::string& path,
                      const std::function<void(const CLI::App&, const std::string&)>& visit) {
  visit(command, path);
  for (const auto* sub : subcommands_of(command)) for_each_command(*sub, path + " " + sub->get_name(), visit);
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// Inside single quotes of bash and zsh.
std::string single_quoted(const std::string& text) { return replaced(text, "'", "'\\''"); }

std::string names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto* command : commands) names.push_back(command->get_name());
  return joined(names, " ");
}

std::string bash_words(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto& option : options_of(command)) words.insert(words.end(), option.names.begin(), option.names.end());
  for (const auto* sub : subcommands_of(command)) words.push_back(sub->get_name());
  return joined(words, " ");
}

std::string zsh_argument(const OptionFacts& option) {
  const auto text = replaced(replaced(option.description, "[", "\\["), "]", "\\]");
  std::string action;
  if (!option.value.empty() || !option.positional.empty()) {
    const auto name = option.positional.empty() ? replaced(option.value, "|", " or ") : option.positional;
    action = fmt::format(":{}:{}", name,
                         !option.words.empty() ? "(" + joined(option.words, " ") + ")"
                         : option.takes_file   ? "_files"
                                               : "");
  }
  if (!option.positional.empty()) return fmt::format("    '{}{}'", option.repeats ? "*" : "", single_quoted(action));
  std::string out;
  for (const auto& name : option.names) {
    out += fmt::format("{}    '{}{}[{}]{}'", out.empty() ? "" : " \\\n", option.repeats ? "*" : "", name,
                       single_quoted(text), single_quoted(action));
  }
  return out;
}

std::string zsh_function(const CLI::App& command, const std::string& path) {
  auto out = fmt::format("_{}() {{\n  _arguments -s -S", replaced(replaced(path, " ", "_"), "-", "_"));
  for (const auto& option : options_of(command)) out += " \\\n" + zsh_argument(option);
  const auto subs = subcommands_of(command);
  if (subs.empty()) return out + "\n}\n";
  out += " \\\n    '1:command:(" + names_of(subs) + ")' \\\n    '*::argument:->rest'\n";
  out += "  [[ $state == rest ]] || return\n  case $words[1] in\n";
  for (const auto* sub : subs) {
    out += fmt::format("    {}) _{} ;;\n", sub->get_name(),
                       replaced(replaced(path + " " + sub->get_name(), " ", "_"), "-", "_"));
  }
  return out + "  esac\n}\n";
}

std::string fish_condition(const CLI::App& command, const std::string& path) {
  std::string out;
  const auto typed = path.size() > 5 ? path.substr(5) : "";  // without "utnt "
  for (std::size_t at = 0; at < typed.size();) {
    const auto end = std::min(typed.find(' ', at), typed.size());
    out += fmt::format("{}__fish_seen_subcommand_from {}", out.empty() ? "" : "; and ", typed.substr(at, end - at));
    at = end + 1;
  }
  const auto subs = subcommands_of(command);
  if (!subs.empty())
    out += fmt::format("{}not __fish_seen_subcommand_from {}", out.empty() ? "" : "; and ", names_of(subs));
  return out;
}

}  // namespace

std::string bash_completion(const CLI::App& root) {
  std::string words;
  std::string values;
  for_each_command(root, "utnt", [&](const CLI::App& command, const std::string& path) {
    words += fmt::format("    '{}') words='{}' ;;\n", path, bash_words(command));
    for (const auto& option : options_of(command)) {
      if (option.value.empty() || option.names.empty()) continue;
      std::vector<std::string> cases;
      for (const auto& name : option.names) cases.push_back(fmt::format("'{} {}'", path, name));
      const auto action = !option.words.empty() ? fmt::format("words='{}'", joined(option.words, " "))
                          : option.takes_file   ? std::string{"compopt -o default; return"}
                                                : std::string{"return"};
      values += fmt::format("    {}) {} ;;\n", joined(cases, "|"), action);
    }
  });
  return fmt::format(R"({}_utnt() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path=utnt words= word
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path $word" in
{}    esac
  done
  case $path in
{}  esac
  case "$path $previous" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{#COMPREPLY[@]}} -gt 0 || $current == -* ]] || compopt -o default
}}
complete -F _utnt utnt
)",
                     origin,
                     [&] {
                       std::string paths;
                       for_each_command(root, "utnt", [&](const CLI::App&, const std::string& path) {
                         if (path != "utnt") paths += fmt::format("      '{}') path='{}' ;;\n", path, path);
                       });
                       return paths;
                     }(),
                     words, values);
}

std::string zsh_completion(const CLI::App& root) {
  std::string out = std::string{"#compdef utnt\n"} + origin;
  for_each_command(root, "utnt",
                   [&](const CLI::App& command, const std::string& path) { out += zsh_function(command, path); });
  return out + "_utnt \"$@\"\n";
}

std::string fish_completion(const CLI::App& root) {
  std::string out = origin;
  out += "complete -c utnt -f\n";
  for_each_command(root, "utnt", [&](const CLI::App& command, const std::string& path) {
    const auto condition = fish_condition(command, path);
    for (const auto* sub : subcommands_of(command)) {
      out += fmt::format("complete -c utnt -n '{}' -a {} -d '{}'\n", condition, sub->get_name(),
                         replaced(sub->get_description(), "'", "\\'"));
    }
    for (const auto& option : options_of(command)) {
      if (option.names.empty()) {
        if (option.takes_file) out += fmt::format("complete -c utnt -n '{}' -F\n", condition);
        continue;
      }
      out += "complete -c utnt";
      if (!condition.empty()) out += fmt::format(" -n '{}'", condition);
      for (const auto& name : option.names) {
        out += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (!option.words.empty()) {
        out += fmt::format(" -x -a '{}'", joined(option.words, " "));
      } else if (!option.value.empty()) {
        out += option.takes_file ? " -r -F" : " -x";
      }
      out += fmt::format(" -d '{}'\n", replaced(option.description, "'", "\\'"));
    }
  });
  return out;
}

}  // namespace utnt::apps
