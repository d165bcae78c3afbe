// SPDX-License-Identifier: BSD-2-Clause
// capget and capset by their system calls: two calls do not justify a library.
#include "os_linux/privileges.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os_linux/failure.hpp"

namespace utnt::os_linux {
namespace {

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header_for_this_thread() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

}  // namespace

bool may_open_raw_sockets() noexcept {
  auto header = header_for_this_thread();
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  return (sets[0].effective & (1U << CAP_NET_RAW)) != 0;
}

void require_raw_sockets() {
  if (may_open_raw_sockets()) return;
  throw Failure{ExitCode::not_permitted,
                "probing needs the capability CAP_NET_RAW; give it to the program once (sudo setcap cap_net_raw=ep "
                "\"$(command -v utnt)\"), or run it with sudo, or in the emulated Internet (utnt lab exec)"};
}

void drop_privileges() {
  if (::geteuid() != ::getuid() && ::setresuid(::getuid(), ::getuid(), ::getuid()) != 0) {
    throw system_failure("cannot return to the real user", errno);
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
    throw system_failure("cannot clear the ambient capabilities", errno);
  }
  auto header = header_for_this_thread();
  const CapabilitySets none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) throw system_failure("cannot drop capabilities", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw system_failure("cannot forbid new privileges", errno);
}

}  // namespace utnt::os_linux
