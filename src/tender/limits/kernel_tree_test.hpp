// SPDX-License-Identifier: BSD-2-Clause
// A tree of control groups, version 2, in a temporary directory, that keeps the kernel's rules: which files a new
// group has, who may hold processes, when a group can be removed. Source: the kernel's documentation of cgroup-v2,
// "Top-down Constraint", "No Internal Process Constraint", "Core Interface Files".
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tender/limits/control_files.hpp"

namespace utnt::tender {

class KernelTree final : public ControlFiles {
 public:
  static constexpr const char* mount = "/sys/fs/cgroup";

  /// `group` ("/a/b") is the one that the launcher is in; every group on the way to it hands its controllers down.
  KernelTree(const std::filesystem::path& root, const std::string& group) : ControlFiles{root.string()} {
    put("/proc/self/mountinfo", "30 23 0:26 / " + std::string{mount} + " rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
    put("/proc/self/cgroup", "0::" + group + "\n");
    std::filesystem::create_directories(below_root(mount));
    fill(mount, "cpu memory pids");
    std::istringstream names{group};
    std::string at = mount;
    for (std::string name; std::getline(names, name, '/');) {
      if (name.empty()) continue;
      put(at + "/cgroup.subtree_control", "cpu memory");
      at += "/" + name;
      std::filesystem::create_directories(below_root(at));
      fill(at, "cpu memory");
    }
  }

  /// As for a user to whom this group was not handed over.
  void forbid(const std::string& directory) { forbidden_.insert(directory); }
  void put(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path{below_root(path)}.parent_path());
    std::ofstream{below_root(path)} << text;
  }
  [[nodiscard]] std::string path_of(const std::string& path) const { return below_root(path); }
  [[nodiscard]] bool exists(const std::string& path) const { return std::filesystem::exists(below_root(path)); }
  [[nodiscard]] std::string text(const std::string& path) const { return read(path).value_or("(missing)"); }

  int make_directory(const std::string& path) override {
    const auto parent = path.substr(0, path.rfind('/'));
    if (forbidden_.contains(parent)) return EACCES;
    if (exists(path)) return EEXIST;
    if (!std::filesystem::create_directory(below_root(path))) return ENOENT;
    fill(path, text(parent + "/cgroup.subtree_control"));
    return 0;
  }
  int remove_directory(const std::string& path) override {
    if (!exists(path)) return ENOENT;
    if (!text(path + "/cgroup.procs").empty() || !directories(path).empty()) return EBUSY;
    std::filesystem::remove_all(below_root(path));
    return 0;
  }
  int write(const std::string& path, std::string_view value) override {
    if (!exists(path)) return ENOENT;
    const auto slash = path.rfind('/');
    const auto directory = path.substr(0, slash);
    const auto name = path.substr(slash + 1);
    if (forbidden_.contains(directory)) return EACCES;
    if (name == "cgroup.subtree_control") return control(directory, std::string{value});
    if (name == "cgroup.procs") return move(directory, std::string{value});
    put(path, std::string{value} + "\n");
    return 0;
  }

 private:
  void fill(const std::string& directory, const std::string& controllers) const {
    put(directory + "/cgroup.controllers", controllers);
    put(directory + "/cgroup.subtree_control", "");
    put(directory + "/cgroup.procs", "");
    put(directory + "/cpu.stat", "usage_usec 0\nuser_usec 0\nsystem_usec 0\n");
    if (controllers.find("memory") != std::string::npos) {
      for (const auto* name : {"/memory.max", "/memory.swap.max"}) put(directory + name, "max\n");
      put(directory + "/memory.peak", "0\n");
      put(directory + "/memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
    }
    if (controllers.find("cpu") != std::string::npos) put(directory + "/cpu.max", "max 100000\n");
  }
  int control(const std::string& directory, const std::string& value) const {
    if (directory != mount && !text(directory + "/cgroup.procs").empty()) return EBUSY;
    std::set<std::string> active;
    std::string word;
    for (std::istringstream words{text(directory + "/cgroup.subtree_control")}; words >> word;) active.insert(word);
    for (std::istringstream words{value}; words >> word;) {
      const auto name = word.substr(1);
      if (text(directory + "/cgroup.controllers").find(name) == std::string::npos) return ENOENT;
      word[0] == '+' ? static_cast<void>(active.insert(name)) : static_cast<void>(active.erase(name));
    }
    std::string joined;
    for (const auto& name : active) joined += (joined.empty() ? "" : " ") + name;
    put(directory + "/cgroup.subtree_control", joined);
    return 0;
  }
  int move(const std::string& directory, const std::string& process) const {
    if (directory != mount && !text(directory + "/cgroup.subtree_control").empty()) return EBUSY;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{below_root(mount)}) {
      if (entry.path().filename() != "cgroup.procs") continue;
      std::string rest, line;
      for (std::ifstream lines{entry.path()}; std::getline(lines, line);) rest += line == process ? "" : line + "\n";
      std::ofstream{entry.path()} << rest;
    }
    put(directory + "/cgroup.procs", text(directory + "/cgroup.procs") + process + "\n");
    return 0;
  }

  std::set<std::string> forbidden_;
};

}  // namespace utnt::tender
