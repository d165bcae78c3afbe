// SPDX-License-Identifier: BSD-2-Clause
// A directory below /tmp could have been made by anybody: its owner and mode are looked at, and links are not followed.
#include "os_linux/runtime_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "os_linux/failure.hpp"

namespace utnt::os_linux {
namespace {

bool is_own_directory(const char* path) {
  struct stat status {};
  return path != nullptr && path[0] == '/' && ::stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

}  // namespace

void make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw system_failure("cannot make " + path, errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw system_failure("cannot examine " + path, errno);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 0077U) != 0) {
    throw Failure{ExitCode::not_permitted, path + " is not a directory that only this user can read; remove it"};
  }
}

std::string runtime_directory() {
  const char* const session = std::getenv("XDG_RUNTIME_DIR");
  auto base = is_own_directory(session) ? std::string{session} + "/utnt"
              : ::geteuid() == 0        ? std::string{"/run/utnt"}
                                        : "/tmp/utnt-" + std::to_string(::geteuid());
  make_private_directory(base);
  return base;
}

}  // namespace utnt::os_linux
