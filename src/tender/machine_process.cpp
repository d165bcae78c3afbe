// SPDX-License-Identifier: BSD-2-Clause
// See machine_process.hpp. A pipe that closes on exec tells when the child has become the program, or why it could not.
// Source: prctl(2), PR_SET_PDEATHSIG.
#include "tender/machine_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/programs.hpp"
#include "tender/input_file.hpp"
#include "tender/process/elf_image.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::uint64_t memory_min = std::uint64_t{2} << 20;
constexpr int cannot_execute = 127;

struct Child {
  char* const* words;
  const std::vector<int>& descriptors;
  const std::vector<int>& groups;
  const std::vector<UniqueFd>& from_3_on;  ///< with numbers above those that they get
  int null;
  int log;
  int news;
  pid_t parent;
};

/// What the child does between fork and exec: only calls that are safe there.
[[noreturn]] void become(const Child& child) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != child.parent) ::_exit(cannot_execute);
  ::setpgid(0, 0);
  int error = 0;
  for (const int descriptor : child.groups) {
    if (::write(descriptor, "0", 1) != 1) error = errno;
  }
  const int output = child.log >= 0 ? child.log : child.null;
  ::dup2(child.null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (const int descriptor : child.descriptors) ::fcntl(descriptor, F_SETFD, 0);
  int place = STDERR_FILENO;
  for (const auto& descriptor : child.from_3_on) ::dup2(descriptor.get(), ++place);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) ::signal(number, SIG_DFL);
  char* const no_environment[] = {nullptr};
  if (error == 0) ::execve(child.words[0], child.words, no_environment);
  if (error == 0) error = errno;
  if (::write(child.news, &error, sizeof error) < 0) ::_exit(cannot_execute);
  ::_exit(cannot_execute);
}

ImageFault fault_of(const std::string& path) {
  const auto image = open_file(path, "image");
  std::array<std::byte, image_head_bytes> head{};
  const auto got = ::pread(image.fd.get(), head.data(), head.size(), 0);
  if (got < 0) throw system_failure("cannot read the image " + path, errno);
  return check_machine_image(ConstBytes{head}.first(static_cast<std::size_t>(got)), image.bytes);
}

}  // namespace

bool is_machine_image(const std::string& path) {
  try {
    return fault_of(path) == ImageFault::none;
  } catch (const Failure&) {
    return false;
  }
}

void check_machine(const RunRequest& request) {
  // The monitors' own messages about a bad image are hard to read, or missing.
  const auto fault = fault_of(request.image);
  if (fault != ImageFault::none)
    throw Failure{ExitCode::bad_input, "the image " + request.image + " " + describe(fault)};
  // A monitor would spin for ever: the image begins at 1 MiB.
  if (request.memory_bytes < memory_min) throw Failure{ExitCode::bad_input, "no machine boots with less than 2 MiB"};
}

StartedProgram start_program(const std::vector<std::string>& words, const std::vector<int>& descriptors, int log,
                             const InstanceGroup* group, const std::vector<int>& from_3_on) {
  const auto arguments = os_linux::pointers_to(words);
  // Nothing that the child still needs may stand where something else is put.
  const int lowest = STDERR_FILENO + 1 + static_cast<int>(from_3_on.size());
  const auto above = [lowest](int descriptor) { return UniqueFd{::fcntl(descriptor, F_DUPFD_CLOEXEC, lowest)}; };
  std::vector<UniqueFd> copies;
  for (const int descriptor : from_3_on) copies.push_back(above(descriptor));
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_failure("cannot make a pipe", errno);
  const UniqueFd news{ends[0]};
  UniqueFd teller{ends[1]};
  teller = above(teller.get());
  const auto groups = group != nullptr ? group->join_descriptors() : std::vector<int>{};
  const auto parent = ::getpid();
  const auto spawned = os_linux::monotonic_now();
  const auto child = ::fork();
  if (child < 0) throw system_failure("cannot start " + words.front(), errno);
  if (child == 0) become({arguments.data(), descriptors, groups, copies, null.get(), log, teller.get(), parent});
  teller.reset();
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(news.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  const auto executed = os_linux::monotonic_now();
  if (got == sizeof error) {
    ::waitpid(child, nullptr, 0);
    throw system_failure("cannot start " + words.front(), error);
  }
  return {child, spawned, executed};
}

}  // namespace utnt::tender
