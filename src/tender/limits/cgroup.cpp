// SPDX-License-Identifier: BSD-2-Clause
// See cgroup.hpp. Names of control files: the kernel's documentation of cgroup-v1 (memory, scheduler bandwidth,
// cpuacct) and of cgroup-v2.
#include "tender/limits/cgroup.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "os_linux/failure.hpp"
#include "tender/limits/group_home.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

constexpr std::uint64_t period_us = 100'000, quota_us_min = 1000;
constexpr std::uint64_t memory_bytes_min = std::uint64_t{64} << 10;

std::optional<std::uint64_t> first_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

std::optional<std::uint64_t> number_in(const ControlFiles& files, const std::string& path) {
  const auto text = files.read(path);
  return text ? first_number(*text) : std::nullopt;
}

/// The number behind `key` in lines of "KEY NUMBER".
std::optional<std::uint64_t> number_behind(const ControlFiles& files, const std::string& path, std::string_view key) {
  const auto text = "\n" + files.read(path).value_or("");
  const auto wanted = "\n" + std::string{key} + " ";
  const auto at = text.find(wanted);
  return at == std::string::npos ? std::nullopt : first_number(std::string_view{text}.substr(at + wanted.size()));
}

void check(const ResourceLimits& limits) {
  constexpr double processors_min = static_cast<double>(quota_us_min) / period_us, processors_max = 1000;
  if (limits.memory_bytes != 0 && limits.memory_bytes < memory_bytes_min)
    throw Failure{ExitCode::bad_input, "no process fits into a memory limit of less than 64 KiB"};
  if (limits.processors != 0 && !(limits.processors >= processors_min && limits.processors <= processors_max))
    throw Failure{ExitCode::bad_input, "a processor limit is a number of processors from 0.01 to 1000"};
}

}  // namespace

InstanceGroup::InstanceGroup(const ResourceLimits& limits) : InstanceGroup{GroupHome::shared(), limits} {}

InstanceGroup::InstanceGroup(std::shared_ptr<GroupHome> home, const ResourceLimits& limits) : home_{std::move(home)} {
  check(limits);
  const auto& places = home_->places();
  const auto require = [&](bool wanted, bool GroupPlace::*ability, const std::string& what) {
    if (wanted && std::ranges::none_of(places, ability))
      throw Failure{ExitCode::not_permitted, "cannot limit the image's " + what + ": " + home_->problem()};
  };
  require(limits.memory_bytes != 0, &GroupPlace::limits_memory, "memory");
  require(limits.processors > 0, &GroupPlace::limits_cpu, "processor time");
  try {
    make_parts(home_->fresh_name(), limits);
  } catch (...) {
    remove();
    throw;
  }
}

void InstanceGroup::make_parts(const std::string& name, const ResourceLimits& limits) {
  std::string refusal = home_->problem();
  int refused = ENOENT;
  for (const auto& place : home_->places()) {
    const auto directory = place.directory + "/" + name;
    const bool needed =
        (place.limits_memory && limits.memory_bytes != 0) || (place.limits_cpu && limits.processors > 0);
    if (const int error = home_->files().make_directory(directory); error != 0) {
      const auto message = "cannot make a control group in " + place.directory +
                           " (run as root, or with a group handed over: systemd-run --user --scope -p Delegate=yes)";
      if (needed) throw system_failure(message, error);
      refusal = message;
      refused = error;
      continue;
    }
    Part& part = parts_.emplace_back();
    part.directory = directory;
    part.is_v2 = place.is_v2;
    part.limits_memory = place.limits_memory;
    part.counts_time = place.counts_time;
    part.processes = home_->files().open(directory + "/cgroup.procs");
    if (!part.processes.is_open()) throw system_failure("cannot move processes to " + directory, errno);
    if (place.limits_memory && limits.memory_bytes != 0) set_memory(part, limits.memory_bytes);
    if (place.limits_cpu && limits.processors > 0) set_processors(part, limits.processors);
  }
  if (parts_.empty()) throw system_failure(refusal.empty() ? "there are no control groups here" : refusal, refused);
}

void InstanceGroup::set_memory(const Part& part, std::uint64_t bytes) const {
  auto& files = home_->files();
  const auto text = std::to_string(bytes);
  const auto* const name = part.is_v2 ? "/memory.max" : "/memory.limit_in_bytes";
  if (const int error = files.write(part.directory + name, text); error != 0)
    throw system_failure("cannot limit memory in " + part.directory, error);
  // Swap would be a way around the limit; a kernel without swap accounting has no such file.
  if (part.is_v2) {
    files.write(part.directory + "/memory.swap.max", "0");
  } else {
    files.write(part.directory + "/memory.memsw.limit_in_bytes", text);
  }
}

void InstanceGroup::set_processors(const Part& part, double processors) const {
  auto& files = home_->files();
  const auto quota = std::to_string(
      std::max(quota_us_min, static_cast<std::uint64_t>(processors * static_cast<double>(period_us) + 0.5)));
  const auto period = std::to_string(period_us);
  int error = 0;
  if (part.is_v2) {
    error = files.write(part.directory + "/cpu.max", quota + " " + period);
  } else {
    error = files.write(part.directory + "/cpu.cfs_period_us", period);
    if (error == 0) error = files.write(part.directory + "/cpu.cfs_quota_us", quota);
  }
  if (error != 0) throw system_failure("cannot limit processor time in " + part.directory, error);
}

InstanceGroup::~InstanceGroup() { remove(); }

void InstanceGroup::remove() noexcept {
  for (auto& part : parts_) {
    part.processes.reset();
    dissolve_group(home_->files(), part.directory);
  }
  parts_.clear();
}

void InstanceGroup::add(int process_id) {
  const auto text = std::to_string(process_id);
  for (const auto& part : parts_) {
    if (::write(part.processes.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw system_failure("cannot move process " + text + " to the control group " + part.directory, errno);
  }
}

std::vector<int> InstanceGroup::join_descriptors() const {
  std::vector<int> descriptors;
  for (const auto& part : parts_) descriptors.push_back(part.processes.get());
  return descriptors;
}

GroupUse InstanceGroup::use() const {
  GroupUse use;
  const auto& files = home_->files();
  for (const auto& part : parts_) {
    const auto& at = part.directory;
    if (part.counts_time) {
      constexpr std::uint64_t ns_per_us = 1000;
      auto time =
          part.is_v2 ? number_behind(files, at + "/cpu.stat", "usage_usec") : number_in(files, at + "/cpuacct.usage");
      if (time && part.is_v2) *time *= ns_per_us;
      if (time) use.processor_time = Duration{static_cast<std::int64_t>(*time)};
    }
    if (part.limits_memory) {
      use.memory_peak_bytes = number_in(files, at + (part.is_v2 ? "/memory.peak" : "/memory.max_usage_in_bytes"));
      const auto kills = number_behind(files, at + (part.is_v2 ? "/memory.events" : "/memory.oom_control"), "oom_kill");
      use.out_of_memory_kills = kills.value_or(0);
    }
  }
  return use;
}

std::vector<std::string> InstanceGroup::directories() const {
  std::vector<std::string> directories;
  for (const auto& part : parts_) directories.push_back(part.directory);
  return directories;
}

std::string group_problem() {
  try {
    const InstanceGroup group{{.memory_bytes = std::uint64_t{1} << 30, .processors = 1}};
    return {};
  } catch (const Failure& failure) {
    return failure.what();
  }
}

}  // namespace utnt::tender
