// SPDX-License-Identifier: BSD-2-Clause
// posix_spawn with default signals, a session of its own and three descriptors; everything else is closed on exec.
#include "fleet/transport/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/programs.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t error_text_max = 4096;
constexpr Duration last_words{
    100'000'000};  ///< for a child whose input has ended to end by itself, and again after SIGTERM

struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnSettings(int input_and_output, int errors) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, input_and_output, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, input_and_output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
};

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto name = text.substr(0, text.find('='));
    if (std::ranges::none_of(command.environment, [&](const auto& own) { return own.first == name; }))
      entries.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) entries.push_back(fmt::format("{}={}", name, value));
  return entries;
}

}  // namespace

std::string shown(const Command& command) {
  std::string text;
  for (const std::string& word : command.words) {
    if (!text.empty()) text += ' ';
    const bool is_plain = !word.empty() && word.find_first_not_of(
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                               "0123456789@%_+=:,./-") == std::string::npos;
    if (is_plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    text += '\'';
  }
  return text;
}

ChildProcess::ChildProcess(const Command& command) {
  if (command.words.empty()) throw os_linux::Failure{os_linux::ExitCode::bad_input, "a command has no words"};
  std::array<int, 2> pair{};
  std::array<int, 2> pipe{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    throw os_linux::system_failure("no socket pair can be made for a child program", errno);
  socket_ = os_linux::UniqueFd{pair[0]};
  os_linux::UniqueFd its_socket{pair[1]};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw os_linux::system_failure("no pipe can be made for a child program", errno);
  errors_ = os_linux::UniqueFd{pipe[0]};
  os_linux::UniqueFd its_errors{pipe[1]};
  ::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);

  const auto words = os_linux::pointers_to(command.words);
  const auto environment = environment_of(command);
  const SpawnSettings settings{its_socket.get(), its_errors.get()};
  os_linux::fault_point("before a program is started");
  const int error = ::posix_spawnp(&id_, words.front(), &settings.files, &settings.attributes, words.data(),
                                   os_linux::pointers_to(environment).data());
  if (error != 0) {
    id_ = -1;
    throw os_linux::system_failure(fmt::format("{}: cannot be started", command.words.front()), error);
  }
  os_linux::fault_point("after a program was started");
}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::read_errors() {
  std::array<char, 1024> piece{};
  while (errors_.is_open()) {
    const ssize_t got = ::read(errors_.get(), piece.data(), piece.size());
    if (got > 0) {
      error_text_.append(piece.data(), static_cast<std::size_t>(got));
      if (error_text_.size() > error_text_max) error_text_.erase(0, error_text_.size() - error_text_max);
      continue;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) errors_.reset();
    return;
  }
}

bool ChildProcess::has_ended() {
  if (status_) return true;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) == id_) status_ = status;
  return status_.has_value();
}

bool ChildProcess::wait_for_end(Duration patience) {
  const Instant deadline = os_linux::monotonic_now() + patience;
  while (!has_ended() && os_linux::monotonic_now() < deadline) {
    const timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return status_.has_value();
}

void ChildProcess::end() noexcept {
  socket_.reset();
  if (id_ < 0 || status_) return;
  if (!wait_for_end(last_words)) ::kill(id_, SIGTERM);
  if (!wait_for_end(last_words)) ::kill(id_, SIGKILL);
  int status = 0;
  while (!status_) {
    const pid_t ended = ::waitpid(id_, &status, 0);
    if (ended == id_ || errno != EINTR) status_ = ended == id_ ? status : SIGKILL;
  }
}

std::string ChildProcess::how_it_ended() const {
  if (!status_) return {};
  if (WIFEXITED(*status_)) return fmt::format("exit status {}", WEXITSTATUS(*status_));
  return fmt::format("signal {}", WTERMSIG(*status_));
}

std::optional<int> ChildProcess::exit_status() const {
  if (!status_ || !WIFEXITED(*status_)) return std::nullopt;
  return WEXITSTATUS(*status_);
}

namespace {

/// Moves what can be moved; false once the output has ended.
bool exchange(int socket, ConstBytes input, std::size_t& sent, std::string& output) {
  if (sent < input.size()) {
    const ssize_t wrote = ::send(socket, input.data() + sent, input.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote > 0) sent += static_cast<std::size_t>(wrote);
    if (wrote < 0 && errno != EAGAIN && errno != EINTR) sent = input.size();  // it reads no more
    if (sent == input.size()) ::shutdown(socket, SHUT_WR);
  }
  std::array<char, 4096> piece{};
  const ssize_t got = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
  if (got > 0) output.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

CommandResult run_command(const Command& command, ConstBytes input, const CommandLimits& limits) {
  ChildProcess child{command};
  CommandResult result;
  std::size_t sent = 0;
  if (input.empty()) ::shutdown(child.socket(), SHUT_WR);
  const Instant deadline = os_linux::monotonic_now() + limits.time_max;
  bool goes_on = true;
  while (goes_on && result.output.size() <= limits.output_bytes_max) {
    const std::int64_t left_ms = (deadline - os_linux::monotonic_now()).ns() / 1'000'000;
    if (left_ms <= 0) {
      result.is_out_of_time = true;
      break;
    }
    const short wanted = sent < input.size() ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 3> ready{pollfd{child.socket(), wanted, 0}, pollfd{child.error_descriptor(), POLLIN, 0},
                                pollfd{limits.cancel, POLLIN, 0}};
    ::poll(ready.data(), ready.size(), static_cast<int>(std::min<std::int64_t>(left_ms, 1000)));
    if (ready[2].revents != 0) break;
    child.read_errors();
    if (ready[0].revents != 0) goes_on = exchange(child.socket(), input, sent, result.output);
  }
  if (!goes_on && !child.wait_for_end(deadline - os_linux::monotonic_now())) result.is_out_of_time = true;
  child.end();
  child.read_errors();
  result.errors = child.error_text();
  result.exit_status = result.is_out_of_time ? -1 : child.exit_status().value_or(-1);
  return result;
}

}  // namespace utnt::fleet
