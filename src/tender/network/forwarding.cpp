// SPDX-License-Identifier: BSD-2-Clause
// See forwarding.hpp.
#include "tender/network/forwarding.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "os_linux/unique_fd.hpp"

namespace utnt::tender {
namespace {

bool write_text(const std::string& path, std::string_view text) {
  const os_linux::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  return file.is_open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string forwarding_path(const std::string& interface) {
  return "/proc/sys/net/ipv4/conf/" + interface + "/forwarding";
}

}  // namespace

std::optional<bool> is_forwarding(const std::string& interface) {
  std::ifstream file{forwarding_path(interface)};
  int value = 0;
  return file >> value ? std::optional{value != 0} : std::nullopt;
}

bool set_forwarding(const std::string& interface, bool on) {
  return write_text(forwarding_path(interface), on ? "1" : "0");
}

void switch_off_ipv6(const std::string& interface) {
  // A kernel without IPv6 has no such file, and needs none.
  write_text("/proc/sys/net/ipv6/conf/" + interface + "/disable_ipv6", "1");
}

}  // namespace utnt::tender
