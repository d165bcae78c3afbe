// SPDX-License-Identifier: BSD-2-Clause
#include "tender/container/helper_process.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "tender/input_file.hpp"
#include "tender/machine_process.hpp"

namespace utnt::tender {

HelperProcess::HelperProcess(const std::vector<std::string>& words, Duration patience)
    : output_{hold_in_memory("output", {})},
      process_id_{start_program(words, {}, output_.get()).process_id},
      process_{static_cast<int>(::syscall(SYS_pidfd_open, process_id_, 0))},
      deadline_{os_linux::monotonic_now() + patience} {
  if (process_.is_open()) return;
  const int error = errno;
  ::kill(process_id_, SIGKILL);
  ::waitpid(process_id_, nullptr, 0);
  throw os_linux::system_failure("cannot watch " + words.front(), error);
}

HelperProcess::~HelperProcess() {
  if (status_) return;
  kill();
  ::waitpid(process_id_, nullptr, 0);
}

std::optional<int> HelperProcess::ended() {
  if (status_) return status_;
  if (os_linux::monotonic_now() >= deadline_) kill();
  int status = 0;
  if (::waitpid(process_id_, &status, WNOHANG) != process_id_) return std::nullopt;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return status_;
}

std::string HelperProcess::output() const {
  constexpr off_t bytes_max = 1000;
  const auto end = ::lseek(output_.get(), 0, SEEK_END);
  const auto begin = std::max<off_t>(end - bytes_max, 0);
  std::string text(static_cast<std::size_t>(end - begin), '\0');
  const auto got = ::pread(output_.get(), text.data(), text.size(), begin);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void HelperProcess::kill() {
  if (!status_) ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
}

int HelperProcess::wait() {
  for (;;) {
    if (const auto status = ended()) return *status;
    constexpr std::int64_t millisecond = 1'000'000;
    const auto left = (deadline_ - os_linux::monotonic_now()).ns() / millisecond;
    pollfd end{process_.get(), POLLIN, 0};
    ::poll(&end, 1, static_cast<int>(std::clamp<std::int64_t>(left, 1, 1'000)));
  }
}

}  // namespace utnt::tender
