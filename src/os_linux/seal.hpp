// SPDX-License-Identifier: BSD-2-Clause
// The seal: whether packets of this process can leave the machine. Every raw socket, packet socket and TAP asks here
// first. A network namespace is sealed when it is not the one of process 1 and every interface except the loopback
// either ends in a program (TAP, TUN) or is a veth, bridge or VLAN that carries the alias `utnt-sealed`, set by the
// code that made both ends. Builds with UTNT_SEALED_ONLY (all but the release preset) refuse to probe anywhere else;
// release builds may.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"

namespace utnt::os_linux {

inline constexpr std::string_view seal_alias = "utnt-sealed";

/// Whether this build is one that probes only inside sealed namespaces.
#ifdef UTNT_SEALED_ONLY
inline constexpr bool sealed_only = true;
#else
inline constexpr bool sealed_only = false;
#endif

/// How the current namespace relates to that of process 1.
enum class NamespaceOrigin {
  first_process,  ///< it is the same
  other,          ///< it is certainly another
  unknown,        ///< process 1 may not be examined by this user (the usual case without privileges), or is ourselves
  enclosed,       ///< we are the first process of a virtual machine whose frames were judged where they come out
};

struct SealVerdict {
  bool is_sealed{false};
  std::string reason;  ///< for people, lower case, no full stop
};

/// The word of a kernel's command line by which a launcher tells the machine that it starts: every interface of yours
/// ends in a socket of mine, or in a TAP whose seal I have checked.
inline constexpr std::string_view enclosed_word = "utnt.enclosed";

/// The rule itself. With an unknown origin the loopback interface must carry the alias too: only code that unshared the
/// namespace sets it there, so its presence proves what the comparison could not; without it the answer is "not
/// sealed".
SealVerdict judge_seal(NamespaceOrigin origin, const std::vector<Interface>& interfaces);

/// The verdict on the namespace of the calling thread. Never throws: what cannot be examined is not sealed.
SealVerdict check_seal() noexcept;

/// Exit code 5; its text says what was wanted, why it was refused, and what to do.
class SealRefusal : public Failure {
 public:
  SealRefusal(std::string_view what, const std::string& reason);
};

/// Call before opening anything through which a packet could leave; `what` names it in the message.
/// Throws SealRefusal in a sealed-only build outside a sealed namespace; returns at once in a release build.
void require_permission_to_probe(std::string_view what);

}  // namespace utnt::os_linux
