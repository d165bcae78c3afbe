// SPDX-License-Identifier: BSD-2-Clause
// Ansible's INI notation: [group], [group:children], [group:vars], hosts with key=value words behind them.
#include <utility>

#include "fleet/controller/ansible_tree.hpp"
#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

enum class Section : std::uint8_t { hosts, children, vars };

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

class IniReader {
 public:
  explicit IniReader(const std::string& file) : file_{file}, tree_{file} {}

  AnsibleTree read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const auto end = text.find('\n');
      const auto line = trimmed(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (!line.empty() && line.front() != '#' && line.front() != ';') take(line);
    }
    for (const auto& [group, at] : wanted_)
      if (!tree_.has_group(group))
        throw InventoryError{file_, at, unexpected("group", "one that has a section [" + group + "]", group)};
    for (const auto& [parent, child, at] : children_) tree_.add_child(parent, child, at);
    for (const auto& [group, name, value] : vars_) tree_.group(group, value.line).vars.insert_or_assign(name, value);
    return std::move(tree_);
  }

 private:
  [[noreturn]] void fail(std::string_view field, std::string_view expected, std::string_view found) const {
    throw InventoryError{file_, line_, unexpected(field, expected, found)};
  }

  void take(std::string_view line) {
    if (line.front() == '[' && line.find(']') != std::string_view::npos && !is_host_range(line))
      return take_section(line);
    switch (section_) {
      case Section::hosts:
        take_host(line);
        break;
      case Section::children:
        take_child(line);
        break;
      case Section::vars:
        take_var(line);
        break;
    }
  }

  /// "[a:c].example.org" is a host, "[web:vars]" a section: behind a section stands nothing but a comment.
  static bool is_host_range(std::string_view line) {
    const auto rest = trimmed(line.substr(line.find(']') + 1));
    return !rest.empty() && rest.front() != '#' && rest.front() != ';';
  }

  void take_section(std::string_view line) {
    const auto inside = trimmed(line.substr(1, line.find(']') - 1));
    const auto colon = inside.find(':');
    group_ = std::string{trimmed(inside.substr(0, colon))};
    const auto kind = colon == std::string_view::npos ? std::string_view{} : trimmed(inside.substr(colon + 1));
    if (group_.empty()) fail("section", "[GROUP], [GROUP:children] or [GROUP:vars]", line);
    if (kind.empty() && colon == std::string_view::npos) {
      section_ = Section::hosts;
      tree_.group(group_, line_);
    } else if (kind == "children") {
      section_ = Section::children;
      tree_.group(group_, line_);
    } else if (kind == "vars") {
      section_ = Section::vars;
      if (group_ != "all" && group_ != "ungrouped") wanted_.emplace(group_, line_);
    } else {
      fail("section", "[GROUP], [GROUP:children] or [GROUP:vars]", line);
    }
  }

  void take_child(std::string_view line) {
    const auto name = std::string{trimmed(line.substr(0, line.find('#')))};
    if (name.find_first_of(" \t=") != std::string::npos) fail("child", "the name of a group alone", line);
    wanted_.emplace(name, line_);
    children_.push_back({group_, name, line_});
  }

  void take_var(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)).empty())
      fail("variable", "NAME=VALUE", line);
    auto value = trimmed(line.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    vars_.push_back({group_, std::string{trimmed(line.substr(0, equals))}, {std::string{value}, line_}});
  }

  /// Words as a shell would cut them: quotes hold blanks together, a backslash keeps a character, # ends the line.
  std::vector<std::string> words_of(std::string_view line) const {
    std::vector<std::string> words;
    std::string word;
    bool is_open = false;
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      const char c = line[at];
      if (quote == 0 && c == '#') break;
      if (quote == 0 && (c == ' ' || c == '\t')) {
        if (is_open) words.push_back(std::exchange(word, {}));
        is_open = false;
        continue;
      }
      is_open = true;
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
        word += line[++at];
      } else {
        word += c;
      }
    }
    if (quote != 0) fail("line", "a closing quote", line);
    if (is_open) words.push_back(word);
    return words;
  }

  void take_host(std::string_view line) {
    const auto words = words_of(line);
    if (words.empty()) return;
    AnsibleVars vars;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      if (equals == std::string::npos || equals == 0) fail("variable", "NAME=VALUE behind the host", words[i]);
      vars.insert_or_assign(words[i].substr(0, equals), AnsibleValue{words[i].substr(equals + 1), line_});
    }
    auto host = words.front();
    if (host.find('=') != std::string::npos) fail("host", "a host first, then NAME=VALUE", host);
    if (const auto colon = port_colon(host); colon != std::string::npos) {
      vars.try_emplace("ansible_port", AnsibleValue{host.substr(colon + 1), line_});
      host.resize(colon);
    }
    tree_.add_hosts(host, group_, vars, line_);
  }

  /// Where "host:2222" is cut; a colon inside a range or an IPv6 address is none of a port.
  static std::size_t port_colon(const std::string& host) {
    const auto colon = host.rfind(':');
    if (colon == std::string::npos || host.find(']', colon) != std::string::npos) return std::string::npos;
    const auto outside = host.substr(0, colon);
    std::size_t depth = 0;
    for (const char c : outside) {
      if (c == '[') ++depth;
      if (c == ']' && depth > 0) --depth;
      if (c == ':' && depth == 0) return std::string::npos;
    }
    return colon;
  }

  struct Child {
    std::string parent, child;
    std::size_t line{0};
  };
  struct Var {
    std::string group, name;
    AnsibleValue value;
  };

  const std::string& file_;
  AnsibleTree tree_;
  std::size_t line_{0};
  Section section_{Section::hosts};
  std::string group_;
  std::map<std::string, std::size_t> wanted_;  ///< groups that must exist, and where they are mentioned
  std::vector<Child> children_;                ///< joined when all groups are known
  std::vector<Var> vars_;
};

}  // namespace

std::vector<InventoryNode> nodes_of_ansible_ini(std::string_view text, const std::string& file,
                                                std::vector<std::string>& notes) {
  return IniReader{file}.read(text).nodes(notes);
}

}  // namespace utnt::fleet
