// SPDX-License-Identifier: BSD-2-Clause
// Input and errors are files in memory: no pipe can fill up, so one wait is all.
#include "tender/network/run_program.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include "os_linux/failure.hpp"
#include "os_linux/programs.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/input_file.hpp"

namespace utnt::tender {
namespace {

using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr int patience_ms = 10'000;

int spawn(const std::vector<std::string>& command, int input, int errors) {
  const auto words = os_linux::pointers_to(command);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // The terminal's signals end us, in order; it must finish its transaction.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  ::posix_spawn_file_actions_adddup2(&actions, errors, 1);
  ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
  char* const no_environment[] = {nullptr};
  pid_t child = 0;
  const int error = ::posix_spawn(&child, words.front(), &actions, &attributes, words.data(), no_environment);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw system_failure("cannot start " + command.front(), error);
  return child;
}

std::string one_line(const UniqueFd& file) {
  std::array<char, 512> text{};
  const auto got = ::pread(file.get(), text.data(), text.size(), 0);
  std::string line{text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  line.resize(std::min(line.find('\n'), line.size()));
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

}  // namespace

ProgramEnd run_program(const std::vector<std::string>& command, const std::string& input) {
  const auto in = hold_in_memory("input", std::as_bytes(std::span{input}));
  const auto errors = hold_in_memory("output", {});
  const int child = spawn(command, in.get(), errors.get());
  const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
  ProgramEnd end;
  pollfd wait{process.get(), POLLIN, 0};
  int ready = -1;
  while ((ready = ::poll(&wait, 1, patience_ms)) < 0 && errno == EINTR) {
  }
  if (ready <= 0) {
    ::kill(child, SIGKILL);
    end.was_killed = true;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.errors = one_line(errors);
  return end;
}

}  // namespace utnt::tender
