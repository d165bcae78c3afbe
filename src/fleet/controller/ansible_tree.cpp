// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/ansible_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>

#include "fleet/controller/ansible_node.hpp"
#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t hosts_max = 100'000, groups_max = 10'000, depth_max = 64;
constexpr std::string_view root = "all";

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
bool is_letter(std::string_view text) {
  return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}
std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The words of one range: 01:03, 1:9:2, a:f.
std::vector<std::string> expand_range(std::string_view range, const std::string& file, std::size_t line) {
  const auto fail = [&] {
    return InventoryError{file, line, unexpected("host", "a range such as [01:20] or [a:f]", range)};
  };
  const auto colon = range.find(':');
  if (colon == std::string_view::npos) throw fail();
  const auto first = range.substr(0, colon);
  auto last = range.substr(colon + 1);
  std::uint64_t step = 1;
  if (const auto second = last.find(':'); second != std::string_view::npos) {
    if (!is_number(last.substr(second + 1))) throw fail();
    step = number_of(last.substr(second + 1));
    last = last.substr(0, second);
  }
  std::vector<std::string> words;
  if (is_letter(first) && is_letter(last) && step != 0 && first <= last) {
    for (std::uint64_t c = static_cast<unsigned char>(first[0]); c <= static_cast<unsigned char>(last[0]); c += step)
      words.emplace_back(1, static_cast<char>(c));
    return words;
  }
  if (!is_number(first) || !is_number(last) || step == 0 || number_of(first) > number_of(last)) throw fail();
  if ((number_of(last) - number_of(first)) / step >= hosts_max)
    throw InventoryError{file, line, unexpected("host", fmt::format("at most {} hosts", hosts_max), range)};
  const auto width = first.size() > 1 && first[0] == '0' ? first.size() : 1;
  for (auto n = number_of(first); n <= number_of(last); n += step) words.push_back(fmt::format("{:0{}}", n, width));
  return words;
}

}  // namespace

std::vector<std::string> expand_ranges(const std::string& pattern, const std::string& file, std::size_t line) {
  std::vector<std::string> done;
  std::deque<std::string> open{pattern};
  while (!open.empty()) {
    const auto text = std::move(open.front());
    open.pop_front();
    const auto begin = text.find('['), end = text.find(']', begin);
    if (begin == std::string::npos) {
      done.push_back(text);
      continue;
    }
    if (end == std::string::npos) throw InventoryError{file, line, unexpected("host", "']' behind '['", pattern)};
    const auto words = expand_range(std::string_view{text}.substr(begin + 1, end - begin - 1), file, line);
    if (words.size() + open.size() + done.size() > hosts_max)
      throw InventoryError{file, line, unexpected("host", fmt::format("at most {} hosts", hosts_max), pattern)};
    std::vector<std::string> expanded;
    expanded.reserve(words.size());
    for (const auto& word : words) expanded.push_back(text.substr(0, begin) + word + text.substr(end + 1));
    open.insert(open.begin(), expanded.begin(), expanded.end());
  }
  return done;
}

AnsibleGroup& AnsibleTree::group(const std::string& name, std::size_t line) {
  const auto [at, is_new] = groups_.try_emplace(name);
  if (is_new) at->second.line = line;
  if (groups_.size() > groups_max)
    throw InventoryError{file_, line, unexpected("group", fmt::format("at most {}", groups_max), name)};
  return at->second;
}

void AnsibleTree::add_hosts(const std::string& pattern, const std::string& group_name, const AnsibleVars& vars,
                            std::size_t line) {
  if (!group_name.empty()) group(group_name, line);
  for (const auto& name : expand_ranges(pattern, file_, line)) {
    const auto [at, is_new] = hosts_.try_emplace(name);
    if (is_new) {
      at->second.line = line;
      order_.push_back(name);
    }
    if (!group_name.empty()) at->second.groups.insert(group_name);
    for (const auto& [key, value] : vars) at->second.vars.insert_or_assign(key, value);
  }
  if (order_.size() > hosts_max)
    throw InventoryError{file_, line, unexpected("host", fmt::format("at most {} hosts", hosts_max), pattern)};
}

void AnsibleTree::add_child(const std::string& parent, const std::string& child, std::size_t line) {
  group(parent, line);
  group(child, line).parents.insert(parent);
}

std::size_t AnsibleTree::depth_of(const std::string& name) const {
  if (const auto known = depths_.find(name); known != depths_.end()) return known->second;
  std::size_t depth = name == root ? 0 : 1;
  for (const auto& parent : groups_.find(name)->second.parents) depth = std::max(depth, depth_of(parent) + 1);
  depths_.emplace(name, depth);
  return depth;
}

void AnsibleTree::check_cycles() const {
  for (const auto& [name, start] : groups_) {
    // Upwards, level by level: a way of more steps than there may be levels goes round in a circle.
    std::set<std::string> level{name};
    for (std::size_t steps = 0; !level.empty(); ++steps) {
      if (steps > depth_max)
        throw InventoryError{file_, start.line,
                             unexpected("group", fmt::format("at most {} levels and no circle", depth_max), name)};
      std::set<std::string> above;
      for (const auto& at : level)
        above.insert(groups_.find(at)->second.parents.begin(), groups_.find(at)->second.parents.end());
      level = std::move(above);
    }
  }
}

std::set<std::string> AnsibleTree::groups_of(const AnsibleHost& host) const {
  std::set<std::string> all;
  std::vector<std::string> open{host.groups.begin(), host.groups.end()};
  while (!open.empty()) {
    const auto name = std::move(open.back());
    open.pop_back();
    if (!all.insert(name).second) continue;
    const auto& parents = groups_.find(name)->second.parents;
    open.insert(open.end(), parents.begin(), parents.end());
  }
  if (groups_.contains(root)) all.insert(std::string{root});
  return all;
}

/// Deeper groups win over those that contain them, of one level the last by name, and the host's own over all.
AnsibleVars AnsibleTree::vars_of(const AnsibleHost& host, const std::set<std::string>& groups) const {
  std::vector<std::string> sorted{groups.begin(), groups.end()};
  std::ranges::stable_sort(sorted, {}, [this](const auto& name) { return depth_of(name); });
  AnsibleVars vars;
  for (const auto& name : sorted)
    for (const auto& [key, value] : groups_.find(name)->second.vars) vars.insert_or_assign(key, value);
  for (const auto& [key, value] : host.vars) vars.insert_or_assign(key, value);
  return vars;
}

std::vector<InventoryNode> AnsibleTree::nodes(std::vector<std::string>& notes) const {
  check_cycles();
  std::vector<InventoryNode> nodes;
  for (const auto& name : order_) {
    const auto& host = hosts_.at(name);
    auto groups = groups_of(host);
    auto node = ansible_node(name, vars_of(host, groups), file_, host.line, notes);
    groups.erase(std::string{root});
    groups.erase("ungrouped");
    node.tags.assign(groups.begin(), groups.end());
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace utnt::fleet
