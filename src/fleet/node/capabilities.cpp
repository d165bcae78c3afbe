// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/capabilities.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fleet/node/durable_file.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/privileges.hpp"

namespace utnt::fleet {
namespace {

std::string first_line(const char* path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

bool has_program(const std::string& name) {
  const char* const places = std::getenv("PATH");
  std::istringstream folders{places == nullptr ? "/usr/bin:/bin:/usr/sbin:/sbin" : places};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  return false;
}

const char* cgroup_version() {
  if (std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers")) return "v2";
  return std::filesystem::exists("/sys/fs/cgroup/memory") ? "v1" : "none";
}

/// Bytes of a line "Name:   N kB" of /proc/meminfo.
std::uint64_t memory_line(const std::string& name) {
  std::ifstream file{"/proc/meminfo"};
  constexpr std::uint64_t kibibyte = 1024;
  std::uint64_t value = 0;
  for (std::string line, key; std::getline(file, line);) {
    std::istringstream words{line};
    if (words >> key >> value && key == name + ":") return value * kibibyte;
  }
  return 0;
}

bool has_net_admin() {
  constexpr unsigned net_admin = 12;
  std::ifstream file{"/proc/self/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("CapEff:"))
      return (std::stoull(line.substr(line.find(':') + 1), nullptr, 16) >> net_admin & 1U) != 0;
  return false;
}

}  // namespace

std::string capabilities_text(const std::string& spool) {
  utsname names{};
  ::uname(&names);
  const nlohmann::ordered_json json{{"arch", names.machine},
                                    {"kernel", names.release},
                                    {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
                                    {"memory_bytes", memory_line("MemTotal")},
                                    {"memory_free_bytes", memory_line("MemAvailable")},
                                    {"disk_free_bytes", free_bytes(spool)},
                                    {"boot", first_line("/proc/sys/kernel/random/boot_id")},
                                    {"user", ::geteuid()},
                                    {"raw_sockets", os_linux::may_open_raw_sockets()},
                                    {"net_admin", has_net_admin()},
                                    {"tap", ::access("/dev/net/tun", R_OK | W_OK) == 0},
                                    {"qemu", has_program("qemu-system-x86_64")},
                                    {"podman", has_program("podman")},
                                    {"runc", has_program("runc")},
                                    {"cgroup", cgroup_version()}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace utnt::fleet
