// SPDX-License-Identifier: BSD-2-Clause
// posix_spawn shares our memory with the child until it execs: the cost does not grow with our size.
#include "tender/process/spawn.hpp"

#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "os_linux/failure.hpp"
#include "os_linux/programs.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  /// The same number for the same file: only its close-on-exec mark goes.
  void keep(int descriptor) { ::posix_spawn_file_actions_adddup2(&actions_, descriptor, descriptor); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

int spawn(const ArgumentList& arguments, const std::vector<int>& descriptors) {
  Actions actions;
  for (const int descriptor : descriptors) actions.keep(descriptor);
  const Attributes attributes;
  const auto words = os_linux::pointers_to(arguments.words());
  char* const no_environment[] = {nullptr};
  pid_t child = 0;
  const int error = ::posix_spawn(&child, words.front(), actions.get(), attributes.get(), words.data(), no_environment);
  if (error != 0) throw system_failure("cannot start " + arguments.words().front(), error);
  return child;
}

std::string find_tender_program() {
  std::array<char, PATH_MAX> buffer{};
  const auto length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0) throw system_failure("cannot tell where this program lies", errno);
  const std::string own{buffer.data(), static_cast<std::size_t>(length)};
  const auto directory = own.substr(0, own.rfind('/'));
  for (const char* const place : {"/utnt-tender", "/../libexec/utnt/utnt-tender", "/../bin/utnt-tender"}) {
    auto path = directory + place;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  throw Failure{ExitCode::environment,
                "utnt-tender is missing: neither in " + directory + " nor in " + directory + "/../libexec/utnt"};
}

}  // namespace utnt::tender
