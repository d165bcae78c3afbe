// SPDX-License-Identifier: BSD-2-Clause
// A line of mountinfo: ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [OPTIONAL...] - TYPE SOURCE SUPEROPTIONS.
// A line of /proc/self/cgroup: ID:CONTROLLERS:PATH; version 2 has no controllers there.
#include "tender/limits/hierarchy.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include "os_linux/plain_text.hpp"

namespace utnt::tender {
namespace {

struct Mount {
  std::string root, point, controllers;
  bool is_v2{false};
};

/// Blanks in paths are written as \040 and the like.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '\\' && i + 3 < text.size() && text.find_first_not_of("01234567", i + 1) > i + 3;
    if (is_escape) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Source: proc_pid_mountinfo(5): the fields after a lone "-" are type, source and options of the file system.
std::optional<Mount> parse_mount(std::string_view line) {
  const auto words = os_linux::words_of(line);
  const auto dash = std::find(words.begin(), words.end(), "-");
  constexpr std::ptrdiff_t before = 6, after = 4;
  if (dash - words.begin() < before || words.end() - dash < after) return std::nullopt;
  const auto type = dash[1];
  Mount mount;
  mount.root = words[3];
  mount.point = words[4];
  mount.controllers = dash[3];
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  mount.is_v2 = type == "cgroup2";
  mount.root = unescaped(mount.root);
  mount.point = unescaped(mount.point);
  return mount;
}

bool lists(const std::string& controllers, const std::string& wanted) {
  return ("," + controllers + ",").find("," + wanted + ",") != std::string::npos;
}

/// The directory of `group` under the mount; empty when the mount shows another part of the hierarchy.
std::string directory_of(const Mount& mount, const std::string& group) {
  auto inside = group;
  if (mount.root != "/") {
    const bool is_below =
        group.starts_with(mount.root) && (group.size() == mount.root.size() || group[mount.root.size()] == '/');
    if (!is_below) return {};
    inside = group.substr(mount.root.size());
  }
  return inside == "/" || inside.empty() ? mount.point : mount.point + inside;
}

}  // namespace

std::vector<Hierarchy> find_hierarchies(std::string_view mountinfo, std::string_view own_cgroups) {
  std::vector<Mount> mounts;
  for (const auto line : os_linux::lines_of(mountinfo)) {
    if (auto mount = parse_mount(line)) mounts.push_back(std::move(*mount));
  }
  std::vector<Hierarchy> found;
  for (const auto text : os_linux::lines_of(own_cgroups)) {
    const std::string line{text};
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto group = line.substr(second + 1);
    const bool is_v2 = controllers.empty();
    Hierarchy hierarchy{.own_group = {},
                        .is_v2 = is_v2,
                        .has_memory = lists(controllers, "memory"),
                        .has_cpu = lists(controllers, "cpu"),
                        .has_accounting = lists(controllers, "cpuacct")};
    if (!is_v2 && !hierarchy.has_memory && !hierarchy.has_cpu && !hierarchy.has_accounting) continue;
    for (const auto& mount : mounts) {
      const auto one = controllers.substr(0, controllers.find(','));
      if (mount.is_v2 != is_v2 || (!is_v2 && !lists(mount.controllers, one))) continue;
      hierarchy.own_group = directory_of(mount, group);
      if (!hierarchy.own_group.empty()) break;
    }
    if (!hierarchy.own_group.empty()) found.push_back(std::move(hierarchy));
  }
  return found;
}

}  // namespace utnt::tender
