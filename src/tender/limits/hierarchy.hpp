// SPDX-License-Identifier: BSD-2-Clause
// Where this process stands in the machine's control groups, of either version or both at once. Read from two files of
// /proc as text, so that any machine's can be tested. Sources: cgroups(7), proc(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace utnt::tender {

/// A mounted hierarchy, and the group that this process is in.
struct Hierarchy {
  std::string own_group;  ///< absolute path of its directory
  bool is_v2{false};
  bool has_memory{false};  ///< v1 only: version 2 says it in the group itself
  bool has_cpu{false};
  bool has_accounting{false};  ///< v1: the controller cpuacct
};

/// Hierarchies that limit or measure memory or processor time, the first mount of each.
std::vector<Hierarchy> find_hierarchies(std::string_view mountinfo, std::string_view own_cgroups);

}  // namespace utnt::tender
