// SPDX-License-Identifier: BSD-2-Clause
// The agent is a grandchild in a session of its own, so that neither sshd's end of session nor a signal of a terminal
// reaches it.
#include "fleet/node/relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "fleet/node/durable_file.hpp"
#include "fleet/node/places.hpp"
#include "fleet/transport/message.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/programs.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

UniqueFd try_to_connect(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) {
    throw Failure{ExitCode::bad_input, "the spool's path is too long for a socket in it: " + path};
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

[[noreturn]] void become_agent(char* const* words, int log, int null) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  [[maybe_unused]] const int moved = ::chdir("/");
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  ::execv(words[0], words);
  ::_exit(127);
}

/// A log that has grown becomes agent.log.old: two of them are kept.
void bound_log(const std::string& path) {
  constexpr off_t bytes_max = off_t{1} << 20;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && status.st_size > bytes_max) [[maybe_unused]]
    const int renamed = std::rename(path.c_str(), (path + ".old").c_str());
}

void start_agent(const std::string& spool, const std::vector<std::string>& command) {
  bound_log(agent_log(spool));
  const UniqueFd log{::open(agent_log(spool).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!log.is_open()) throw system_failure("cannot open " + agent_log(spool), errno);
  const UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const auto words = os_linux::pointers_to(command);
  os_linux::fault_point("before the agent is started");
  const auto child = ::fork();
  if (child < 0) throw system_failure("cannot start the agent", errno);
  if (child == 0) become_agent(words.data(), log.get(), null.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  os_linux::fault_point("after the agent was started");
}

std::string last_lines(const std::string& path) {
  constexpr std::size_t shown = 400;
  try {
    const auto text = read_whole(path, std::uint64_t{64} << 20);
    return text.size() > shown ? text.substr(text.size() - shown) : text;
  } catch (const Failure&) {
    return {};
  }
}

bool write_all(int fd, const char* bytes, std::size_t count) {
  while (count > 0) {
    const auto written = ::write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

bool is_another_build(const std::string& spool, const std::string& program) {
  if (program.empty()) return false;
  try {
    return read_whole(agent_program(spool), digest_digits) != program;
  } catch (const Failure&) {
    return true;  // the agent itself knows better
  }
}

/// Asks it to; true when it has ended. An agent of our build does not mind being asked.
bool hands_over(int agent, const std::string& program) {
  std::vector<std::byte> frame;
  append_frame(frame, {.kind = MessageKind::drain, .digest = program});
  if (!write_all(agent, reinterpret_cast<const char*>(frame.data()), frame.size())) return true;
  constexpr int patience_ms = 500;
  pollfd wait{agent, POLLRDHUP, 0};
  if (::poll(&wait, 1, patience_ms) > 0) return true;
  const std::string_view text = "utnt-node: the agent here may be of another build; if so it ends after its jobs\n";
  write_all(STDERR_FILENO, text.data(), text.size());
  return false;
}

/// False: this direction is over.
bool pass_on(int from, int to) {
  std::array<char, 65'536> buffer;
  const auto got = ::read(from, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  os_linux::fault_point("before bytes are passed on");
  os_linux::fault_point_of("session", "bytes are passed on", ::getppid());
  const bool goes_on = got > 0 && write_all(to, buffer.data(), static_cast<std::size_t>(got));
  os_linux::fault_point("after bytes were passed on");
  return goes_on;
}

}  // namespace

UniqueFd connect_to_agent(const std::string& spool, const std::vector<std::string>& agent_command,
                          const std::string& program, Duration patience) {
  make_private_directory(spool);
  const auto path = agent_socket(spool);
  if (auto socket = try_to_connect(path); socket.is_open()) {
    if (!is_another_build(spool, program) || !hands_over(socket.get(), program)) return socket;
  }
  start_agent(spool, agent_command);
  const auto deadline = os_linux::monotonic_now() + patience;
  constexpr useconds_t pause_us = 2'000;
  while (os_linux::monotonic_now() < deadline) {
    if (auto socket = try_to_connect(path); socket.is_open()) return socket;
    ::usleep(pause_us);
  }
  throw Failure{ExitCode::environment, "the agent in " + spool + " did not start: " + last_lines(agent_log(spool))};
}

void relay(int agent, int input, int output) {
  ::signal(SIGPIPE, SIG_IGN);
  for (;;) {
    std::array<pollfd, 3> waits{pollfd{input, POLLIN, 0}, pollfd{agent, POLLIN, 0}, pollfd{output, 0, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw system_failure("cannot wait", errno);
    }
    if (waits[1].revents != 0 && !pass_on(agent, output)) return;
    if (waits[0].revents != 0 && !pass_on(input, agent)) return;
    if ((waits[2].revents & (POLLERR | POLLNVAL)) != 0) return;
  }
}

}  // namespace utnt::fleet
