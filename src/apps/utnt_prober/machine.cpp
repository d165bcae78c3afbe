// SPDX-License-Identifier: BSD-2-Clause
// See machine.hpp. Sources: the kernel's documentation of initramfs; finit_module(2); QEMU's isa-debug-exit.
#include "apps/utnt_prober/machine.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/utnt_image/image_options.hpp"
#include "apps/utnt_prober/prober_run.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/plain_text.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::prober {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr const char* interface = "eth0";
constexpr const char* input_directory = "/utnt";
constexpr const char* module_directory = "/modules";
constexpr Duration device_patience{5'000'000'000};

std::vector<std::string> names_in(const char* directory) {
  std::vector<std::string> names;
  DIR* const entries = ::opendir(directory);
  if (entries == nullptr) return names;
  while (const dirent* const entry = ::readdir(entries))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(entries);
  std::sort(names.begin(), names.end());
  return names;
}

void mount_at(const char* place, const char* type) {
  ::mkdir(place, 0755);
  // An initial RAM disk may have been given devices already.
  if (::mount("none", place, type, 0, nullptr) != 0 && errno != EBUSY)
    throw system_failure(std::string{"cannot mount "} + place, errno);
}

/// In the order of their names.
void load_modules() {
  for (const auto& name : names_in(module_directory)) {
    const auto path = std::string{module_directory} + "/" + name;
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (::syscall(SYS_finit_module, file.get(), "", 0) != 0 && errno != EEXIST)
      throw system_failure("cannot load " + path, errno);
  }
}

/// Drivers find their devices in their own time.
template <class Find>
auto wait_for(const char* what, Find find) {
  const auto deadline = os_linux::monotonic_now() + device_patience;
  for (;;) {
    if (auto found = find()) return *found;
    if (os_linux::monotonic_now() > deadline)
      throw Failure{ExitCode::environment, std::string{"this machine has no "} + what};
    ::poll(nullptr, 0, 1);
  }
}

/// The name is there a moment before the port is.
int open_record_channel() {
  return wait_for("record channel", []() -> std::optional<int> {
    for (const auto& name : names_in("/dev")) {
      if (!name.starts_with("vport")) continue;
      const int channel = ::open(("/dev/" + name).c_str(), O_WRONLY | O_CLOEXEC);
      if (channel >= 0) return channel;
    }
    return std::nullopt;
  });
}

void switch_off_ipv6() {
  const auto path = std::string{"/proc/sys/net/ipv6/conf/"} + interface + "/disable_ipv6";
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.is_open() && ::write(file.get(), "1", 1) != 1) std::perror(path.c_str());
}

void set_up_network(const std::string& command_line) {
  image::ImageOptions options;
  if (image::parse_options(command_line, options)) return;  // run_task() says what is wrong with it
  const auto& network = options.network;
  wait_for("network interface", [] { return os_linux::look_for_interface(interface); });
  switch_off_ipv6();
  os_linux::set_up("lo", true);
  os_linux::add_address(interface, {network.address, network.prefix_length});
  os_linux::set_up(interface, true);
  const wire::IpAddress gateway{network.gateway};
  if (network.gateway == wire::Ipv4Address{}) return;
  os_linux::add_route(interface, {wire::Ipv4Address{}, 0}, gateway);
  if (network.gateway_mac) os_linux::add_neighbour(interface, gateway, *network.gateway_mac);
}

std::string read_input(const char* name) {
  return os_linux::read_text_file(std::string{input_directory} + "/" + name).value_or("");
}

int run_machine() {
  mount_at("/proc", "proc");
  mount_at("/dev", "devtmpfs");
  load_modules();
  set_record_descriptor(open_record_channel());  // closed by the end of the machine
  const auto command_line = read_input("command-line");
  const auto module = read_input("module");
  set_up_network(command_line);
  return run_task({.command_line = command_line, .module = std::as_bytes(std::span{module}), .interface = interface});
}

/// QEMU ends with twice this value and one more.
void write_exit_port(int code) {
  constexpr unsigned short port = 0xf4;
  constexpr int base = 0x10;
  if (::ioperm(port, 1, 1) == 0) outb(static_cast<unsigned char>(base + code), port);
}

}  // namespace

void be_machine() {
  int code = to_int(ExitCode::environment);
  try {
    code = run_machine();
  } catch (const Failure& failure) {
    std::fprintf(stderr, "utnt: %s\n", failure.what());
    code = to_int(failure.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "utnt: %s\n", error.what());
  }
  write_exit_port(code);
  ::reboot(RB_AUTOBOOT);
  for (;;) ::pause();
}

}  // namespace utnt::prober
