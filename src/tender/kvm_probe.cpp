// SPDX-License-Identifier: BSD-2-Clause
// See kvm_probe.hpp.
#include "tender/kvm_probe.hpp"

#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::tender {
namespace {

using os_linux::UniqueFd;

constexpr Duration usable_below{2'000'000};
constexpr Duration degraded_below{10'000'000};
constexpr Duration probe_limit{1'000'000'000};
constexpr int api_version_wanted = 12;
constexpr std::uint32_t exit_io = 2;
constexpr std::uint16_t loop_port = 0x10;

/// mov cx,0x8000; dec cx; jnz; out 0x10,al; jmp to the first.
constexpr std::array<std::uint8_t, 10> loop_code{0xb9, 0x00, 0x80, 0x49, 0x75, 0xfd, 0xe6, 0x10, 0xeb, 0xf6};

struct WantedCapability {
  unsigned number;
  const char* name;
};
constexpr std::array wanted_capabilities{WantedCapability{3, "KVM_CAP_USER_MEMORY"},
                                         WantedCapability{0, "KVM_CAP_IRQCHIP"}};

KvmFinding absent(std::string reason) { return {.reason = std::move(reason)}; }

std::string milliseconds_text(Duration span) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.3f ms", static_cast<double>(span.ns()) / 1e6);
  return text.data();
}

KvmFinding judge(Duration took, std::uint64_t tsc_hz) {
  const auto measured = "the test loop took " + milliseconds_text(took);
  if (took < usable_below) return {KvmVerdict::usable, took, tsc_hz, measured};
  if (took < degraded_below) return {KvmVerdict::degraded, took, tsc_hz, measured + ": slower than hardware should be"};
  return {KvmVerdict::absent, took, 0, measured + ": this KVM interprets, no hardware runs the guest"};
}

/// What travels from the child, with the reason as a text that ends with a zero byte.
struct Message {
  KvmVerdict verdict{KvmVerdict::absent};
  std::int64_t took_ns{0};
  std::uint64_t tsc_hz{0};
  std::array<char, 240> reason{};
};

[[noreturn]] void tell(const std::function<KvmFinding()>& probe, Duration limit, int descriptor) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGALRM, SIG_DFL);
  const itimerval alarm{.it_interval = {},
                        .it_value = {.tv_sec = limit.ns() / 1'000'000'000,
                                     .tv_usec = static_cast<suseconds_t>(limit.ns() % 1'000'000'000 / 1000)}};
  ::setitimer(ITIMER_REAL, &alarm, nullptr);
  const auto finding = probe();
  Message message{.verdict = finding.verdict, .took_ns = finding.took.ns(), .tsc_hz = finding.tsc_hz};
  std::memcpy(message.reason.data(), finding.reason.data(), std::min(finding.reason.size(), message.reason.size() - 1));
  ::_exit(::write(descriptor, &message, sizeof message) == sizeof message ? 0 : 1);
}

std::string text_of_end(int status) {
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGKILL))
    return "the test loop did not end in time";
  return "the process that tried it crashed";
}

}  // namespace

const char* verdict_name(KvmVerdict verdict) {
  switch (verdict) {
    case KvmVerdict::usable:
      return "usable";
    case KvmVerdict::degraded:
      return "degraded";
    case KvmVerdict::absent:
      return "absent";
  }
  return "unknown";
}

KvmFinding examine(KvmDevice& device) {
  if (const int error = device.open(); error != 0) {
    if (error == ENOENT) return absent("there is no /dev/kvm");
    if (error == EACCES || error == EPERM)
      return absent("/dev/kvm: no permission (the group kvm usually has it: sudo usermod -aG kvm \"$USER\")");
    return absent(std::string{"/dev/kvm: "} + std::strerror(error));
  }
  if (const int version = device.api_version(); version != api_version_wanted)
    return absent("its interface is of version " + std::to_string(version) + ", not 12");
  for (const auto& wanted : wanted_capabilities) {
    if (device.capability(wanted.number) < 1) return absent(std::string{"it has no "} + wanted.name);
  }
  if (const int error = device.build(loop_code); error != 0)
    return absent(std::string{"no machine can be made: "} + std::strerror(error));
  const auto exit = device.run();
  if (exit.error != 0) return absent(std::string{"the machine does not run: "} + std::strerror(exit.error));
  if (exit.reason != exit_io || exit.port != loop_port)
    return absent("the test loop ended for reason " + std::to_string(exit.reason) + " instead of its output");
  return judge(exit.took, device.tsc_hz());
}

KvmFinding in_child(const std::function<KvmFinding()>& probe, Duration limit) {
  constexpr std::int64_t grace_ms = 500;
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) throw os_linux::system_failure("cannot make a pipe", errno);
  const UniqueFd reader{ends[0]};
  UniqueFd writer{ends[1]};
  const auto child = ::fork();
  if (child < 0) throw os_linux::system_failure("cannot start the process that tries KVM", errno);
  if (child == 0) tell(probe, limit, writer.get());
  writer.reset();
  pollfd source{reader.get(), POLLIN, 0};
  const bool has_news = ::poll(&source, 1, static_cast<int>(limit.ns() / 1'000'000 + grace_ms)) > 0;
  if (!has_news) ::kill(child, SIGKILL);
  Message message;
  const auto got = has_news ? ::read(reader.get(), &message, sizeof message) : 0;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (got != sizeof message) return absent(text_of_end(status));
  return {message.verdict, Duration{message.took_ns}, message.tsc_hz, message.reason.data()};
}

KvmFinding probe_kvm() {
  return in_child([] { return examine(*open_kvm_device()); }, probe_limit);
}

}  // namespace utnt::tender
