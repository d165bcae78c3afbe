// SPDX-License-Identifier: BSD-2-Clause
// unshare, setns and the identity map of a fresh user namespace.
#include "os_linux/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/seal.hpp"

namespace utnt::os_linux {
namespace {

void write_file(const char* path, std::string_view text) {
  const UniqueFd file{::open(path, O_WRONLY | O_CLOEXEC)};
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw system_failure(std::string{"cannot write "} + path, errno);
  }
}

void become_root_of_new_user_namespace() {
  const auto uid = std::to_string(::geteuid());
  const auto gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    const std::string cause = system_failure("unshare", errno).what();
    throw Failure{ExitCode::not_permitted,
                  "cannot make a network namespace: user namespaces are not available to this user (" + cause +
                      "); run as root, or allow them (sysctl kernel.unprivileged_userns_clone=1, "
                      "user.max_user_namespaces > 0)"};
  }
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + uid + " 1");
  write_file("/proc/self/gid_map", "0 " + gid + " 1");
}

}  // namespace

void enter_new_sealed_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) {
    if (errno != EPERM) throw system_failure("cannot make a network namespace", errno);
    become_root_of_new_user_namespace();
  }
  set_alias("lo", std::string{seal_alias});
  set_up("lo", true);
}

UniqueFd current_namespace() {
  UniqueFd file{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) throw system_failure("cannot open the network namespace", errno);
  return file;
}

void enter_namespace(int descriptor) {
  if (::setns(descriptor, CLONE_NEWNET) != 0) throw system_failure("cannot enter the network namespace", errno);
}

void join_by_veth(const char* name, const char* peer_name, int peer_namespace) {
  add_veth_pair(name, peer_name, peer_namespace);
  set_alias(name, std::string{seal_alias});
  const auto here = current_namespace();
  enter_namespace(peer_namespace);
  set_alias(peer_name, std::string{seal_alias});
  set_up(peer_name, true);
  enter_namespace(here.get());
  set_up(name, true);
}

}  // namespace utnt::os_linux
