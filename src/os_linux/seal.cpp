// SPDX-License-Identifier: BSD-2-Clause
// Reads what the seal's rule needs from /proc and the routing socket. Neither sends a packet.
#include "os_linux/seal.hpp"

#include <unistd.h>

#include <array>
#include <optional>

#include "os_linux/plain_text.hpp"

namespace utnt::os_linux {
namespace {

std::optional<std::string> read_link(const char* path) {
  std::array<char, 64> target{};
  const auto length = ::readlink(path, target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size()) return std::nullopt;
  return std::string{target.data(), static_cast<std::size_t>(length)};
}

/// In a container of a sealed namespace process 1 is the program itself: comparing it with itself would tell nothing.
/// The kernel's command line is that of the machine, also there: only a launcher's own kernel has the word in it.
NamespaceOrigin origin_of_first_process() {
  const auto words = read_text_file("/proc/cmdline").value_or("");
  for (const auto word : words_of(words))
    if (word == enclosed_word) return NamespaceOrigin::enclosed;
  return NamespaceOrigin::unknown;
}

NamespaceOrigin namespace_origin() {
  if (::getpid() == 1) return origin_of_first_process();
  const auto ours = read_link("/proc/thread-self/ns/net");
  const auto first = read_link("/proc/1/ns/net");
  if (!ours || !first) return NamespaceOrigin::unknown;
  return *ours == *first ? NamespaceOrigin::first_process : NamespaceOrigin::other;
}

bool ends_here(const Interface& interface) {
  if (interface.kind == "tun") return true;
  const bool can_be_sealed = interface.kind == "veth" || interface.kind == "bridge" || interface.kind == "vlan";
  return can_be_sealed && interface.alias == seal_alias;
}

}  // namespace

SealVerdict judge_seal(NamespaceOrigin origin, const std::vector<Interface>& interfaces) {
  if (origin == NamespaceOrigin::first_process) return {false, "this is the network namespace of process 1"};
  if (origin == NamespaceOrigin::enclosed)
    return {true, "this machine's interfaces end in the program that started it"};
  bool loopback_carries_alias = false;
  for (const auto& interface : interfaces) {
    if (interface.is_loopback && interface.name == "lo") {
      loopback_carries_alias = interface.alias == seal_alias;
    } else if (!ends_here(interface)) {
      return {false, "interface " + interface.name + " (" + (interface.kind.empty() ? "hardware" : interface.kind) +
                         ") may lead out of the namespace"};
    }
  }
  if (origin == NamespaceOrigin::unknown && !loopback_carries_alias) {
    return {false,
            "the network namespace of process 1 cannot be compared with this one, and lo does not carry the alias " +
                std::string{seal_alias}};
  }
  return {true, "no interface leads out of this network namespace"};
}

SealVerdict check_seal() noexcept {
  try {
    return judge_seal(namespace_origin(), list_interfaces());
  } catch (...) {
    return {false, "its interfaces cannot be listed"};
  }
}

SealRefusal::SealRefusal(std::string_view what, const std::string& reason)
    : Failure{ExitCode::refused, "refused to open " + std::string{what} +
                                     ": this build probes only inside a sealed network "
                                     "namespace, and " +
                                     reason + "; run it inside `utnt lab exec`, or build the release preset"} {}

void require_permission_to_probe(std::string_view what) {
  if constexpr (!sealed_only) return;
  const auto verdict = check_seal();
  if (!verdict.is_sealed) throw SealRefusal{what, verdict.reason};
}

}  // namespace utnt::os_linux
