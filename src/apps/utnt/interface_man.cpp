// SPDX-License-Identifier: BSD-2-Clause
// Man pages in the man(7) macros.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <sstream>

#include "apps/utnt/interface.hpp"
#include "apps/utnt/version.hpp"

namespace utnt::apps {

namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// Text that roff prints as it stands.
std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (text[i] == '.' || text[i] == '\'')) out += "\\&";
    if (text[i] == '\\') {
      out += "\\e";
    } else if (text[i] == '-') {
      out += "\\-";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string sentence(const std::string& text) { return text.empty() || text.back() == '.' ? text : text + "."; }

std::string option_entry(const OptionFacts& option) {
  std::string names;
  if (!option.positional.empty()) names = fmt::format("\\fI{}\\fR", roff(option.positional));
  for (const auto& name : option.names) names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
  if (option.positional.empty() && !option.value.empty()) names += fmt::format(" \\fI{}\\fR", roff(option.value));
  auto text = sentence(option.description);
  if (!option.default_value.empty()) text += fmt::format(" Default: {}.", option.default_value);
  return fmt::format(".TP\n{}\n{}\n", names, roff(text));
}

std::string option_entries(const CLI::App& command) {
  std::string out;
  std::vector<std::string> groups;
  const auto options = options_of(command);
  for (const auto& option : options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  }
  for (const auto& group : groups) {
    if (groups.size() > 1) out += fmt::format(".SS {}\n", roff(group == "Options" ? "General" : group));
    for (const auto& option : options) {
      if (option.group == group) out += option_entry(option);
    }
  }
  return out;
}

std::string synopsis_line(const CLI::App& command, const std::string& path) {
  std::string out = fmt::format(".B {}\n[\\fIOPTIONS\\fR]", roff(path));
  for (const auto& option : options_of(command)) {
    if (option.positional.empty()) continue;
    out += fmt::format(" [\\fI{}\\fR{}]", roff(option.positional), option.repeats ? "..." : "");
  }
  return out + (subcommands_of(command).empty() ? "\n" : " \\fICOMMAND\\fR ...\n");
}

/// Footers hold examples and remarks: paragraphs, with lines that begin with two blanks set as they are.
std::string footer_text(const std::string& footer) {
  std::string out;
  bool is_literal = false;
  std::istringstream lines{footer};
  for (std::string line; std::getline(lines, line);) {
    const bool wants_literal = line.rfind("  ", 0) == 0;
    if (wants_literal != is_literal) out += wants_literal ? ".PP\n.nf\n" : ".fi\n";
    is_literal = wants_literal;
    out += line.empty() ? ".PP\n" : roff(wants_literal ? line.substr(2) : line) + "\n";
  }
  return is_literal ? out + ".fi\n" : out;
}

std::string command_sections(const CLI::App& command, const std::string& path) {
  std::string out;
  for (const auto* sub : subcommands_of(command)) {
    const auto sub_path = path + " " + sub->get_name();
    out += fmt::format(".SH {}\n{}\n.PP\n{}", roff(upper(sub_path)), roff(sentence(sub->get_description())),
                       synopsis_line(*sub, sub_path));
    out += option_entries(*sub);
    if (!sub->get_footer().empty()) out += ".PP\n" + footer_text(sub->get_footer());
  }
  return out;
}

constexpr auto exit_status = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Done; some inputs or results failed, and the summary counts them.
.TP
.B 2
Wrong options, or an input that cannot be read.
.TP
.B 3
Not permitted: a privilege is missing.
.TP
.B 4
The environment: no route, no interface, no space, the output was closed.
.TP
.B 5
Refused by a safety rule.
.TP
.B 130
Interrupted; the output is valid.
)";

}  // namespace

std::string man_page(const CLI::App& root, const CLI::App& command) {
  const bool is_root = &root == &command;
  const std::string name = is_root ? "utnt" : "utnt-" + command.get_name();
  const std::string path = is_root ? "utnt" : "utnt " + command.get_name();
  auto out = fmt::format(".TH {} 1 \"\" \"utnt {}\" \"User Commands\"\n", roff(upper(name)), version_number());
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(command.get_description()));
  out += ".SH SYNOPSIS\n" + synopsis_line(command, path);
  if (is_root) {
    out += ".SH COMMANDS\n";
    for (const auto* sub : subcommands_of(root)) {
      out +=
          fmt::format(".TP\n\\fButnt\\-{}\\fR(1)\n{}\n", roff(sub->get_name()), roff(sentence(sub->get_description())));
    }
  }
  out += ".SH OPTIONS\n" + option_entries(command);
  if (!is_root) out += command_sections(command, path);
  if (!is_root && !command.get_footer().empty()) out += ".SH NOTES\n" + footer_text(command.get_footer());
  out += exit_status;
  out += ".SH SEE ALSO\n";
  std::string see;
  if (!is_root) see = ".BR utnt (1)";
  for (const auto* sub : subcommands_of(root)) {
    if (sub != &command) see += fmt::format("{}.BR utnt\\-{} (1)", see.empty() ? "" : ",\n", roff(sub->get_name()));
  }
  return out + see + "\n";
}

}  // namespace utnt::apps
