// SPDX-License-Identifier: BSD-2-Clause
// One control group around all processes of an instance: bounds on memory and processor time, and what they used.
// Made before the first process is started, gone with its object; what a killed launcher left is removed when the next
// one makes a group. Version 1 and version 2 of control groups, whichever has the controllers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::tender {

class GroupHome;

struct ResourceLimits {
  std::uint64_t memory_bytes{0};  ///< all memory of the processes, the kernel's for them included; 0: no limit
  double processors{0};           ///< share of processor time: 0.5 is half of one processor; 0: no limit
  [[nodiscard]] bool any() const { return memory_bytes != 0 || processors > 0; }
};

struct GroupUse {
  std::optional<Duration> processor_time;
  std::optional<std::uint64_t> memory_peak_bytes;
  std::uint64_t out_of_memory_kills{0};  ///< processes that the kernel killed because of the limit
};

class InstanceGroup {
 public:
  /// Throws os_linux::Failure: bad_input for limits that make no sense, not_permitted or environment when one that is
  /// wanted cannot be set. Without limits it throws only when no group at all can be made.
  explicit InstanceGroup(const ResourceLimits& limits);
  InstanceGroup(std::shared_ptr<GroupHome> home, const ResourceLimits& limits);
  InstanceGroup(const InstanceGroup&) = delete;
  InstanceGroup& operator=(const InstanceGroup&) = delete;
  /// Kills what still runs in it.
  ~InstanceGroup();

  /// Moves a process into the group; what it starts later is born there. Memory that it used before stays counted where
  /// it was. Throws os_linux::Failure.
  void add(int process_id);
  /// A process that writes "0" to each of these moves itself: for use between fork and exec. Close-on-exec; borrowed.
  [[nodiscard]] std::vector<int> join_descriptors() const;
  /// Counted since the group was made. Ask before the object goes.
  [[nodiscard]] GroupUse use() const;
  /// Directories of the group, one for each hierarchy.
  [[nodiscard]] std::vector<std::string> directories() const;

 private:
  struct Part {
    std::string directory;
    bool is_v2{false};
    bool limits_memory{false};
    bool counts_time{false};
    os_linux::UniqueFd processes;
  };
  void make_parts(const std::string& name, const ResourceLimits& limits);
  void set_memory(const Part& part, std::uint64_t bytes) const;
  void set_processors(const Part& part, double processors) const;
  void remove() noexcept;

  std::shared_ptr<GroupHome> home_;
  std::vector<Part> parts_;
};

/// Why this process cannot limit its images, for people; empty when it can.
std::string group_problem();

}  // namespace utnt::tender
