// SPDX-License-Identifier: BSD-2-Clause
// Version 1 needs a directory per controller and nothing else. Version 2 has one tree in which a group hands its
// controllers to its children only when it holds no process itself (the machine's root group excepted).
#include "tender/limits/group_home.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>

#include "os_linux/plain_text.hpp"
#include "tender/limits/hierarchy.hpp"

namespace utnt::tender {
namespace {

constexpr std::string_view prefix = "utnt-", launcher_suffix = "-launcher";

std::vector<int> processes_in(const ControlFiles& files, const std::string& directory) {
  const auto text = files.read(directory + "/cgroup.procs").value_or("");
  std::vector<int> processes;
  for (const auto word : os_linux::words_of(text)) {
    int process = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), process).ec != std::errc{}) break;
    processes.push_back(process);
  }
  return processes;
}

bool has_word(const std::string& text, const std::string& wanted) {
  const auto words = os_linux::words_of(text);
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

std::string advice(const std::string& what, int error) {
  return what + " (" + std::strerror(error) +
         "); run as root, or let systemd hand a group over: systemd-run --user --scope -p Delegate=yes utnt run ...";
}

}  // namespace

bool dissolve_group(ControlFiles& files, const std::string& directory) {
  constexpr int attempts = 1000;  // five seconds: killing takes a while where many wait for a processor
  const timespec pause{0, 5'000'000};
  for (int i = 0; i < attempts; ++i) {
    const int error = files.remove_directory(directory);
    if (error == 0 || error == ENOENT) return true;
    if (error != EBUSY) return false;
    for (const int process : processes_in(files, directory)) {
      if (process > 1 && process != ::getpid()) ::kill(process, SIGKILL);
    }
    ::nanosleep(&pause, nullptr);
  }
  return false;
}

GroupHome::GroupHome(ControlFiles& files, Owner self) : files_{files}, self_{self} {
  const auto hierarchies =
      find_hierarchies(files.read("/proc/self/mountinfo").value_or(""), files.read("/proc/self/cgroup").value_or(""));
  for (const auto& hierarchy : hierarchies) {
    if (!hierarchy.is_v2) {
      places_.push_back({.directory = hierarchy.own_group,
                         .limits_memory = hierarchy.has_memory,
                         .limits_cpu = hierarchy.has_cpu,
                         .counts_time = hierarchy.has_accounting});
    }
  }
  for (const auto& hierarchy : hierarchies) {
    if (hierarchy.is_v2) add_v2(hierarchy.own_group);
  }
  remove_stale();
  const bool memory = std::ranges::any_of(places_, &GroupPlace::limits_memory);
  const bool cpu = std::ranges::any_of(places_, &GroupPlace::limits_cpu);
  if (problem_.empty() && !(memory && cpu)) {
    problem_ = "no control groups for " +
               std::string{memory ? "processor time"
                           : cpu  ? "memory"
                                  : "memory and "
                                    "processor time"} +
               " are mounted here";
  }
}

void GroupHome::add_v2(const std::string& own_group) {
  const auto offered = files_.read(own_group + "/cgroup.controllers").value_or("");
  // A hierarchy of version 1 that has the controller leaves nothing of it here.
  GroupPlace place{.directory = own_group,
                   .is_v2 = true,
                   .limits_memory = has_word(offered, "memory"),
                   .limits_cpu = has_word(offered, "cpu")};
  place.counts_time = place.limits_cpu;
  if (!place.limits_memory && !place.limits_cpu) return;
  const auto active = files_.read(own_group + "/cgroup.subtree_control").value_or("");
  std::string wanted;
  if (place.limits_memory && !has_word(active, "memory")) wanted += "+memory";
  if (place.limits_cpu && !has_word(active, "cpu")) wanted += wanted.empty() ? "+cpu" : " +cpu";
  const int error = wanted.empty() ? 0 : enable_controllers(own_group, wanted);
  if (error == EBUSY) {
    problem_ = "other processes are in the control group " + own_group +
               ", so it cannot be divided; start with a group of its own: systemd-run --scope -p Delegate=yes "
               "(--user without root) utnt run ...";
  } else if (error != 0) {
    problem_ = advice("this user may not divide the control group " + own_group, error);
  } else {
    places_.push_back(std::move(place));
  }
}

int GroupHome::enable_controllers(const std::string& own_group, const std::string& wanted) {
  const auto control = own_group + "/cgroup.subtree_control";
  int error = files_.write(control, wanted);
  if (error != EBUSY) return error;
  const auto processes = processes_in(files_, own_group);
  if (processes.size() != 1 || processes.front() != self_.process_id) return EBUSY;
  const auto leaf = own_group + "/" + std::string{prefix} + self_.text() + std::string{launcher_suffix};
  if (error = files_.make_directory(leaf); error != 0) return error;
  error = files_.write(leaf + "/cgroup.procs", std::to_string(self_.process_id));
  if (error == 0) error = files_.write(control, wanted);
  if (error != 0) {
    files_.write(own_group + "/cgroup.procs", std::to_string(self_.process_id));
    files_.remove_directory(leaf);
    return error;
  }
  vacated_ = own_group;
  leaf_ = leaf;
  enabled_ = wanted;
  return 0;
}

GroupHome::~GroupHome() {
  if (leaf_.empty()) return;
  auto disabled = enabled_;
  std::ranges::replace(disabled, '+', '-');
  files_.write(vacated_ + "/cgroup.subtree_control", disabled);
  files_.write(vacated_ + "/cgroup.procs", std::to_string(self_.process_id));
  files_.remove_directory(leaf_);
}

std::shared_ptr<GroupHome> GroupHome::shared() {
  static ControlFiles files;
  static std::weak_ptr<GroupHome> current;
  auto home = current.lock();
  if (!home) {
    home = std::make_shared<GroupHome>(files, Owner::self());
    current = home;
  }
  return home;
}

std::string GroupHome::fresh_name() { return std::string{prefix} + self_.text() + "-" + std::to_string(next_++); }

void GroupHome::remove_stale() const {
  for (const auto& place : places_) {
    for (const auto& name : files_.directories(place.directory)) {
      if (!name.starts_with(prefix)) continue;
      const auto owner = Owner::parse(std::string_view{name}.substr(prefix.size()));
      if (owner && owner->is_gone()) dissolve_group(files_, place.directory + "/" + name);
    }
  }
}

}  // namespace utnt::tender
