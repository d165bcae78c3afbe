// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/capabilities.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "fleet/node/durable_file.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/plain_text.hpp"
#include "os_linux/privileges.hpp"
#include "os_linux/programs.hpp"

namespace utnt::fleet {
namespace {

std::string first_line(const char* path) {
  const auto text = os_linux::read_text_file(path).value_or("");
  return text.substr(0, text.find('\n'));
}

bool has_program(const char* name) { return os_linux::find_program(name).has_value(); }

const char* cgroup_version() {
  if (std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers")) return "v2";
  return std::filesystem::exists("/sys/fs/cgroup/memory") ? "v1" : "none";
}

/// The first word behind `name` in a file of lines "NAME:   VALUE ..."; 0 when it is not there.
std::uint64_t number_behind(const char* path, std::string_view name, int base) {
  const auto text = os_linux::read_text_file(path).value_or("");
  for (const auto line : os_linux::lines_of(text)) {
    const auto words = os_linux::words_of(line);
    if (words.size() < 2 || words[0] != name) continue;
    std::uint64_t value = 0;
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), value, base);
    return value;
  }
  return 0;
}

/// Bytes of a line "NAME:   N kB" of /proc/meminfo.
std::uint64_t memory_line(std::string_view name) {
  constexpr std::uint64_t kibibyte = 1024;
  return number_behind("/proc/meminfo", name, 10) * kibibyte;
}

bool has_net_admin() {
  constexpr unsigned net_admin = 12;
  return (number_behind("/proc/self/status", "CapEff:", 16) >> net_admin & 1U) != 0;
}

}  // namespace

std::string boot_identity() { return first_line("/proc/sys/kernel/random/boot_id"); }

std::string capabilities_text(const std::string& spool) {
  utsname names{};
  ::uname(&names);
  const nlohmann::ordered_json json{{"arch", names.machine},
                                    {"kernel", names.release},
                                    {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
                                    {"memory_bytes", memory_line("MemTotal:")},
                                    {"memory_free_bytes", memory_line("MemAvailable:")},
                                    {"disk_free_bytes", free_bytes(spool)},
                                    {"boot", boot_identity()},
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
