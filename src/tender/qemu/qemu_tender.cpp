// SPDX-License-Identifier: BSD-2-Clause
// See qemu_tender.hpp. Opens what the machine will need, hands it over by descriptor, and watches the process as that
// of any image. QEMU dies with us. Sources: prctl(2), PR_SET_PDEATHSIG; the unikernel specification, section 13.
#include "tender/qemu/qemu_tender.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "tender/process/process_instance.hpp"
#include "tender/qemu/qemu_command.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::uint64_t memory_min = std::uint64_t{2} << 20;
constexpr std::size_t command_line_max = 2047;

/// What the child does between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* words, const std::vector<int>& descriptors, int null, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::setpgid(0, 0);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log >= 0 ? log : null, STDOUT_FILENO);
  for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) ::signal(number, SIG_DFL);
  char* const no_environment[] = {nullptr};
  ::execve(words[0], words, no_environment);
  ::_exit(1);
}

pid_t start_program(const std::vector<std::string>& command, const std::vector<int>& descriptors, int log) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child < 0) throw system_failure("cannot start " + command.front(), errno);
  if (child == 0) become(words.data(), descriptors, null.get(), log, parent);
  return child;
}

UniqueFd open_module(const RunRequest& request) {
  if (!request.module_file.empty()) {
    UniqueFd file{::open(request.module_file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.is_open()) throw system_failure("cannot open the input " + request.module_file, errno);
    return file;
  }
  if (request.module.empty()) return {};
  UniqueFd file{::memfd_create("module", MFD_CLOEXEC)};
  if (!file.is_open()) throw system_failure("cannot hold the input", errno);
  for (ConstBytes left{request.module}; !left.empty();) {
    const auto written = ::write(file.get(), left.data(), left.size());
    if (written <= 0) throw system_failure("cannot hold the input", errno);
    left = left.subspan(static_cast<std::size_t>(written));
  }
  return file;
}

void check(const RunRequest& request) {
  const UniqueFd image{::open(request.image.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!image.is_open()) {
    if (errno == ENOENT) throw Failure{ExitCode::bad_input, "there is no image " + request.image};
    throw system_failure("cannot open the image " + request.image, errno);
  }
  // QEMU would spin for ever: the image begins at 1 MiB.
  if (request.memory_bytes < memory_min) throw Failure{ExitCode::bad_input, "no machine boots with less than 2 MiB"};
  if (request.command_line.size() > command_line_max - 200) {
    throw Failure{ExitCode::bad_input, "the image's command line is too long for a virtual machine (" +
                                           std::to_string(request.command_line.size()) + " bytes)"};
  }
}

class QemuTender final : public Tender {
 public:
  std::unique_ptr<Instance> start(const RunRequest& request) override;
};

std::unique_ptr<Instance> QemuTender::start(const RunRequest& request) {
  check(request);
  const auto program = find_qemu();
  if (!program) {
    throw Failure{ExitCode::environment, "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)"};
  }
  const auto module = open_module(request);
  std::deque<OpenNic> nics;
  for (const auto& nic : request.nics) nics.emplace_back(nic);
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw system_failure("cannot make the record channel", errno);
  UniqueFd ours{ends[0]}, theirs{ends[1]};

  QemuDescriptors descriptors{
      .records = theirs.get(), .has_log = request.log_descriptor >= 0, .module = module.get(), .nics = {}};
  std::vector<int> inherited{theirs.get()};
  for (const auto& nic : nics) descriptors.nics.push_back(nic.fd());
  inherited.insert(inherited.end(), descriptors.nics.begin(), descriptors.nics.end());
  if (module.is_open()) inherited.push_back(module.get());
  const auto spawned = os_linux::monotonic_now();
  const auto command = qemu_command(*program, request, descriptors, os_linux::wall_clock_ns());
  const auto child = start_program(command, inherited, request.log_descriptor);
  return watch({.what = "machine",
                .process_id = child,
                .records = std::move(ours),
                .nics = std::move(nics),
                .spawned = spawned,
                .time_limit = request.time_limit,
                .code_of_status = code_of_qemu_status});
}

}  // namespace

std::optional<std::string> find_qemu() {
  const char* const places = std::getenv("PATH");
  std::istringstream folders{places == nullptr ? "/usr/bin:/bin" : places};
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto path = folder + "/qemu-system-x86_64";
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

std::unique_ptr<Tender> make_qemu_tender() { return std::make_unique<QemuTender>(); }

}  // namespace utnt::tender
