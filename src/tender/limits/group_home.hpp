// SPDX-License-Identifier: BSD-2-Clause
// The directories in which this launcher may make control groups for its images. They lie in the group that the
// launcher itself is in, so that whatever limits the launcher limits its images too. Making one takes away the groups
// that killed launchers left there. Sources: the kernel's documentation of control groups, versions 1 and 2.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tender/limits/control_files.hpp"
#include "tender/owner.hpp"

namespace utnt::tender {

/// A directory for groups, and what a group in it can do.
struct GroupPlace {
  std::string directory;
  bool is_v2{false};
  bool limits_memory{false};
  bool limits_cpu{false};
  bool counts_time{false};
};

class GroupHome {
 public:
  /// Never throws for want of permission: problem() then says what stands in the way.
  GroupHome(ControlFiles& files, Owner self);
  GroupHome(const GroupHome&) = delete;
  GroupHome& operator=(const GroupHome&) = delete;
  ~GroupHome();

  /// That of this process, shared by all its instances for as long as one lives.
  static std::shared_ptr<GroupHome> shared();

  [[nodiscard]] ControlFiles& files() const { return files_; }
  [[nodiscard]] const std::vector<GroupPlace>& places() const { return places_; }
  /// For people; empty when groups can be made that limit memory and processor time.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// A name for a group that no other instance has.
  [[nodiscard]] std::string fresh_name();

 private:
  void add_v2(const std::string& own_group);
  /// Version 2 wants no processes beside groups with controllers: moves this process, if it is alone, into a leaf.
  int enable_controllers(const std::string& own_group, const std::string& wanted);
  void remove_stale() const;

  ControlFiles& files_;
  Owner self_;
  std::vector<GroupPlace> places_;
  std::string problem_;
  std::string vacated_;  ///< the group that this process left for leaf_
  std::string leaf_;
  std::string enabled_;  ///< controllers that we switched on in vacated_
  unsigned next_{0};
};

/// Kills what still runs in the group and removes it; true when it is gone.
bool dissolve_group(ControlFiles& files, const std::string& directory);

}  // namespace utnt::tender
