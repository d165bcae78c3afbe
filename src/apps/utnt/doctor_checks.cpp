// SPDX-License-Identifier: BSD-2-Clause
// See doctor_checks.hpp.
#include "apps/utnt/doctor_checks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "apps/utnt/image_file.hpp"
#include "apps/utnt/tender_choice.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/privileges.hpp"
#include "os_linux/programs.hpp"
#include "os_linux/seal.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/firecracker/firecracker_tender.hpp"
#include "tender/kvm_probe.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::apps {

namespace {

using os_linux::UniqueFd;

Check permission_to_probe() {
  const auto verdict = os_linux::check_seal();
  if (verdict.is_sealed)
    return {"seal", CheckResult::works, "this network namespace is sealed: probes stay on this machine", ""};
  if (!os_linux::sealed_only) {
    return {"seal", CheckResult::works,
            fmt::format("not sealed ({}); this build may probe real networks", verdict.reason), ""};
  }
  return {"seal", CheckResult::missing,
          fmt::format("not sealed ({}), and this build probes only in sealed namespaces", verdict.reason),
          "use the emulated Internet (utnt lab up, utnt lab exec), or a release build for real networks"};
}

Check raw_socket_privilege() {
  if (os_linux::may_open_raw_sockets()) return {"raw sockets", CheckResult::works, "CAP_NET_RAW is there", ""};
  return {
      "raw sockets", CheckResult::missing, "CAP_NET_RAW is missing: utnt trace cannot probe",
      "sudo setcap cap_net_raw=ep \"$(command -v utnt)\", or sudo; utnt demo and utnt trace --emulate need nothing"};
}

/// What worked in the child process, as bits of its exit status.
enum Inside : int { has_namespace = 1, has_raw_socket = 2, has_packet_socket = 4, has_tap = 8 };

int try_inside() {
  int found = 0;
  try {
    os_linux::enter_new_sealed_namespace();
    found |= has_namespace;
  } catch (const std::exception&) {
    return found;
  }
  if (UniqueFd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)}.is_open()) found |= has_raw_socket;
  if (UniqueFd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)}.is_open()) found |= has_packet_socket;
  const UniqueFd tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  ifreq request{};
  std::strncpy(request.ifr_name, "utntcheck", IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (tun.is_open() && ::ioctl(tun.get(), TUNSETIFF, &request) == 0) found |= has_tap;
  return found;
}

int found_inside() {
  const auto child = ::fork();
  if (child == 0) ::_exit(try_inside());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
  return WEXITSTATUS(status);
}

void add_namespace_checks(std::vector<Check>& checks) {
  const auto found = found_inside();
  if ((found & has_namespace) == 0) {
    checks.push_back(
        {"namespaces", CheckResult::missing, "this user cannot create a network namespace: utnt lab does not work",
         "sudo sysctl kernel.unprivileged_userns_clone=1 (Debian) or run utnt lab with sudo; in a container, "
         "allow unshare"});
    return;
  }
  checks.push_back({"namespaces", CheckResult::works, "a sealed network namespace can be created", ""});
  const bool has_sockets = (found & has_raw_socket) != 0 && (found & has_packet_socket) != 0;
  checks.push_back({"sockets inside", has_sockets ? CheckResult::works : CheckResult::missing,
                    has_sockets ? "raw and packet sockets open in it" : "raw or packet sockets do not open in it",
                    has_sockets ? "" : "a security policy of this machine forbids it; ask its administrator"});
  const bool has_device = (found & has_tap) != 0;
  checks.push_back(
      {"TAP", has_device ? CheckResult::works : CheckResult::missing,
       has_device ? "a TAP device can be created in it" : "no TAP device can be created in it: utnt lab does not work",
       has_device ? "" : "sudo modprobe tun; in a container, pass /dev/net/tun in"});
}

Check time_stamps() {
  const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  timespec resolution{};
  if (!socket.is_open() || ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
      ::clock_getres(CLOCK_MONOTONIC, &resolution) != 0) {
    return {"time stamps", CheckResult::missing, "the kernel does not stamp received packets",
            "round-trip times will hold our own delay; use a kernel with SO_TIMESTAMPNS"};
  }
  return {"time stamps", CheckResult::works,
          fmt::format("the kernel stamps received packets; the clock's step is {} ns", resolution.tv_nsec), ""};
}

Check kvm() {
  const auto finding = tender::probe_kvm();
  const auto detail = fmt::format("{}: {}", tender::verdict_name(finding.verdict), finding.reason);
  if (finding.verdict == tender::KvmVerdict::usable) return {"KVM", CheckResult::works, detail, ""};
  return {"KVM", CheckResult::optional, detail,
          "utnt run then uses a sandbox of Linux; hardware isolation needs a machine whose KVM is real"};
}

Check images() {
  std::string there;
  for (const auto* kind : {"process", "qemu"}) {
    const auto path = installed_image(kind);
    if (!path.empty()) there += (there.empty() ? "" : ", ") + path;
  }
  if (!there.empty()) return {"images", CheckResult::works, there, ""};
  return {"images", CheckResult::optional, "no image is installed beside this program: utnt run has nothing to start",
          "build the target `images`, install the whole package, or name one by utnt run --image"};
}

Check tenders() {
  const auto choice = choose_tender(tender_facts("", tender::NicKind::tap));
  std::string monitors;
  if (const auto qemu = tender::find_qemu()) monitors = *qemu;
  if (const auto firecracker = tender::find_firecracker()) monitors += (monitors.empty() ? "" : ", ") + *firecracker;
  const auto detail = fmt::format("utnt run would choose {}: {}; virtual machine monitors: {}",
                                  choice.tender.empty() ? "nothing" : choice.tender, choice.reason,
                                  monitors.empty() ? "none" : monitors);
  if (!monitors.empty()) return {"tenders", CheckResult::works, detail, ""};
  return {"tenders", CheckResult::optional, detail, "virtual machines want one: sudo apt install qemu-system-x86"};
}

Check tools() {
  std::string there;
  std::string absent;
  for (const auto* program : {"scamper", "traceroute", "tshark", "tcpdump", "ip"}) {
    auto& list = os_linux::find_program(program) ? there : absent;
    list += (list.empty() ? "" : ", ") + std::string{program};
  }
  if (absent.empty()) return {"other tools", CheckResult::works, there, ""};
  return {"other tools", CheckResult::optional, fmt::format("{}; absent: {}", there.empty() ? "none" : there, absent),
          "they are good company in `utnt lab exec`, nothing more: sudo apt install " + absent};
}

}  // namespace

std::vector<Check> all_checks() {
  std::vector<Check> checks{{"demo", CheckResult::works, "utnt demo and utnt trace --emulate work everywhere", ""},
                            permission_to_probe(),
                            raw_socket_privilege()};
  add_namespace_checks(checks);
  checks.push_back(time_stamps());
  checks.push_back(kvm());
  checks.push_back(images());
  checks.push_back(tenders());
  checks.push_back(tools());
  return checks;
}

}  // namespace utnt::apps
