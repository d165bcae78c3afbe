// SPDX-License-Identifier: BSD-2-Clause
// fork, unshare, serve; a pipe tells the parent whether it worked.
#include "lab/host.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "lab/pair_port.hpp"
#include "lab/server.hpp"
#include "lab/tap_port.hpp"
#include "lab/unix_port.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/programs.hpp"
#include "os_linux/seal.hpp"
#include "os_linux/signals.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr char ready_mark = '\1';

std::string text_of(const wire::IpAddress& address) {
  std::array<char, wire::address_text_max> text{};
  return std::string{wire::format_address(address, text)};
}

bool may_open_tun() { return ::access("/dev/net/tun", R_OK | W_OK) == 0; }

std::unique_ptr<FramePort> open_port(const LabPlan& plan, const emu::Network& network) {
  if (plan.port == PortKind::unix_socket) return open_unix_port(plan.record.unix_socket);
  if (plan.port == PortKind::tap_here) {
    if (const auto verdict = os_linux::check_seal(); !verdict.is_sealed)
      throw Failure{ExitCode::refused,
                    "a lab lends its interface only to a sealed network namespace: " + verdict.reason};
    auto port = open_tap_port();
    configure_lab_interface(network.vantage_point());
    return port;
  }
  const bool wants_tap = plan.port == PortKind::tap || (plan.port == PortKind::automatic && may_open_tun());
  os_linux::enter_new_sealed_namespace();
  auto port = wants_tap ? open_tap_port() : open_pair_port();
  configure_lab_interface(network.vantage_point());
  return port;
}

void write_all(int fd, const std::string& text) {
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

/// Input and output of a process without a terminal; errors go to the lab's log.
void leave_terminal(const std::string& log) {
  ::setsid();
  const UniqueFd nothing{::open("/dev/null", O_RDWR)};
  const UniqueFd errors{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)};
  ::dup2(nothing.get(), 0);
  ::dup2(nothing.get(), 1);
  ::dup2(errors.is_open() ? errors.get() : nothing.get(), 2);
  [[maybe_unused]] const auto moved = ::chdir("/");
}

void write_counters(const std::string& path, const ServerCounters& counters) {
  const mode_t mask = ::umask(0077);
  std::ofstream{path} << counters.edge.packets_in << " packets in, " << counters.edge.packets_out << " packets out, "
                      << counters.frames_dropped << " dropped, latest delivery " << counters.late_max.ns() / 1000
                      << " us late\n";
  ::umask(mask);
}

/// The life of the server process; returns its exit status.
int serve(Registry& registry, const std::string& directory, LabPlan plan, emu::Network& network, int ready) {
  try {
    const os_linux::StopSignals signals;
    const auto port = open_port(plan, network);
    // Precise delays need the processor soon after a sleep; where that is not permitted, the usual priority must do.
    ::setpriority(PRIO_PROCESS, 0, -10);
    plan.record.pid = ::getpid();
    plan.record.vantage_point = text_of(network.vantage_point());
    plan.record.started = os_linux::utc_text(os_linux::wall_clock_ns());
    registry.publish(plan.record);
    leave_terminal(directory + "/log");
    write_all(ready, std::string{ready_mark});
    ::close(ready);
    Server server{network, *port, {.stop_fd = signals.fd()}};
    server.run();
    write_counters(directory + "/counters.txt", server.counters());
    return 0;
  } catch (const Failure& failure) {
    write_all(ready, static_cast<char>('A' + os_linux::to_int(failure.code())) + std::string{failure.what()});
    std::fprintf(stderr, "lab server: %s\n", failure.what());
  } catch (const std::exception& error) {
    write_all(ready, static_cast<char>('A' + os_linux::to_int(ExitCode::environment)) + std::string{error.what()});
    std::fprintf(stderr, "lab server: %s\n", error.what());
  }
  return 1;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 1024> buffer{};
  for (;;) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool is_same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

UniqueFd open_namespace(int pid, const char* kind) {
  const auto path = "/proc/" + (pid == 0 ? std::string{"self"} : std::to_string(pid)) + "/ns/" + kind;
  UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) throw system_failure("cannot open the lab's namespace " + path, errno);
  return file;
}

}  // namespace

LabRecord start_lab(Registry& registry, Registry::Claim claim, LabPlan plan, emu::Network& network) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_failure("cannot make a pipe", errno);
  const UniqueFd reader{ends[0]};
  UniqueFd writer{ends[1]};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw system_failure("cannot start the lab's server", errno);
  if (child == 0) ::_exit(serve(registry, claim.directory, std::move(plan), network, writer.get()));
  writer.reset();
  const auto answer = read_all(reader.get());
  if (answer.size() == 1 && answer[0] == ready_mark) return registry.find(plan.record.name);
  ::waitpid(child, nullptr, 0);
  if (answer.size() < 2) throw Failure{ExitCode::environment, "the lab's server ended before it served"};
  throw Failure{static_cast<ExitCode>(answer[0] - 'A'), answer.substr(1)};
}

void enter_lab(const LabRecord& record) {
  if (!record.unix_socket.empty()) {
    throw Failure{
        ExitCode::bad_input,
        "lab " + record.name + " has no namespace to run programs in; it is the socket " + record.unix_socket};
  }
  const auto user = open_namespace(record.pid, "user");
  const auto net = open_namespace(record.pid, "net");
  if (!is_same_file(user.get(), open_namespace(0, "user").get()) && ::setns(user.get(), CLONE_NEWUSER) != 0) {
    throw system_failure("cannot enter the user namespace of lab " + record.name, errno);
  }
  os_linux::enter_namespace(net.get());
}

int execute(const std::vector<std::string>& command) {
  const auto arguments = os_linux::pointers_to(command);
  ::execvp(arguments[0], arguments.data());
  const int error = errno;
  std::fprintf(stderr, "utnt lab exec: cannot run %s: %s\n", arguments[0], std::strerror(error));
  return error == ENOENT ? 127 : 126;
}

}  // namespace utnt::lab
