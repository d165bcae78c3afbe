// SPDX-License-Identifier: BSD-2-Clause
// TUNSETIFF attaches to an interface or makes one: which of the two is decided here first.
#include "tender/network/tap.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

UniqueFd open_device() {
  UniqueFd device{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  if (!device.is_open()) {
    const bool is_missing = errno == ENOENT || errno == ENODEV || errno == ENXIO;
    throw system_failure(std::string{"cannot open /dev/net/tun"} + (is_missing ? " (modprobe tun)" : ""), errno);
  }
  return device;
}

ifreq request_for(const std::string& name, bool is_new) {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (is_new ? IFF_TUN_EXCL : 0));
  return request;
}

}  // namespace

void check_interface_name(const std::string& name) {
  const bool is_fine =
      !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
      std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c != '/' && c != ':' && c != '%'; });
  if (!is_fine) {
    throw Failure{ExitCode::bad_input,
                  "the name of an interface has 1 to 15 bytes, no blank and none of / : %, not \"" + name + "\""};
  }
}

UniqueFd attach_tap(const std::string& name) {
  check_interface_name(name);
  const auto interface = os_linux::find_interface(name);
  if (interface.kind != "tun" || !interface.is_ethernet)
    throw Failure{ExitCode::bad_input, name + " is not a TAP (make one: ip tuntap add dev NAME mode tap)"};
  auto device = open_device();
  auto request = request_for(name, false);
  if (::ioctl(device.get(), TUNSETIFF, &request) != 0) {
    if (errno == EBUSY) throw Failure{ExitCode::environment, "the TAP " + name + " is in use by another program"};
    throw system_failure("cannot attach to the TAP " + name, errno);
  }
  return device;
}

UniqueFd make_tap(const std::string& name, TapLife life) {
  check_interface_name(name);
  auto device = open_device();
  auto request = request_for(name, true);
  if (::ioctl(device.get(), TUNSETIFF, &request) != 0) {
    if (errno == EBUSY) {
      throw Failure{ExitCode::environment,
                    "there is an interface " + name + " already; --net tap:" + name + " uses an existing TAP"};
    }
    const bool forbids = errno == EPERM;
    throw system_failure("cannot make the TAP " + name + (forbids ? "; making interfaces needs CAP_NET_ADMIN" : ""),
                         errno);
  }
  if (life == TapLife::descriptor) return device;
  if (::ioctl(device.get(), TUNSETPERSIST, 1UL) != 0) throw system_failure("cannot keep the TAP " + name, errno);
  return UniqueFd{};
}

}  // namespace utnt::tender
