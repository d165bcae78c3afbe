// SPDX-License-Identifier: BSD-2-Clause
// Which reported tunnel of a trace is which true one. A match has the class and both ends; any address of a router
// counts for the router, and a silent router is rightly shown as silent. A tunnel that is only suspected matches none.
// A look-alike has both ends and the class that the tunnel shows, because nothing shows its own
// (docs/reference/detectability.md): it is no match, and not false.
#pragma once

#include <vector>

#include "emu/truth.hpp"
#include "results/trace_model.hpp"

namespace utnt::lab {

/// One tunnel of the truth and what became of it.
struct TunnelMatch {
  const emu::TrueTunnel* truth{nullptr};
  const results::Tunnel* found{nullptr};  ///< with class and both ends right; nullptr when there is none
  bool lsrs_right{false};                 ///< every LSR in order
  bool overlapped{false};                 ///< a reported tunnel of its class claims a link of it, or it is found
};

struct TunnelMatches {
  std::vector<TunnelMatch> tunnels;                 ///< one for each tunnel of the truth, in path order
  std::vector<const results::Tunnel*> look_alikes;  ///< one of them at most for each tunnel that was not found
  std::vector<const results::Tunnel*> untrue;       ///< reported as found, and neither of the two
};

/// Each true tunnel takes the first reported one that matches it. The result points into both arguments.
TunnelMatches match_tunnels(const results::TraceResult& trace, const emu::Truth& truth);

bool is_suspected(const results::Tunnel& tunnel);
/// Whether `address` is one of the router's; none is right for a silent router.
bool is_router(const emu::TrueRouter& router, const wire::IpAddress& address);

}  // namespace utnt::lab
