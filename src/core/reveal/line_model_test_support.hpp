// SPDX-License-Identifier: BSD-2-Clause
// A forwarding model for tests: routers in a line, tunnels between some of them, and the TTLs that a trace over them
// would see. Written from the forwarding rules alone; it knows nothing of classification, so it can judge it. Source:
// the TNT specification, sections 1.2, 1.3 and 1.5.
#pragma once

#include <vector>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core::test {

struct ModelRouter {
  int te_initial{255};
  int er_initial{255};
  bool answers_te{true};
  bool answers_er{true};
};
inline constexpr ModelRouter cisco{};
inline constexpr ModelRouter juniper{.er_initial = 64};
inline constexpr ModelRouter low{.te_initial = 64, .er_initial = 64};

enum class TtlModel { uniform, pipe };
enum class UhpPipe { always_decrement, never_decrement, duplicate };

/// Between routers `ingress` and `egress` (positions; 1 = next to the vantage point), both directions.
struct ModelTunnel {
  int ingress{0};
  int egress{0};
  TtlModel forward{TtlModel::uniform};
  TtlModel back{TtlModel::uniform};
  bool labels_shown{true};  ///< RFC 4950
  bool uhp{false};
  bool uhp_back{false};
  UhpPipe uhp_pipe{UhpPipe::duplicate};
  bool abrupt{false};  ///< opaque: the label is still on at the egress
  bool detour{true};   ///< errors go on to the egress before they return
  bool quotes_rewritten{false};
  bool last_checks_after_pop{false};
  int service_labels{0};  ///< labels under the transport label, which the egress still sees
};

struct LineModel {
  std::vector<ModelRouter> routers;  ///< routers[0] is position 1; the last is the destination
  std::vector<ModelTunnel> tunnels;  ///< in order, not overlapping but for shared ends

  /// The hops of a trace to the last router; address reference = position.
  [[nodiscard]] Path trace() const;
};

/// Routers VP-CE1-PE1-P1..PN-PE2-CE2-D, D 64-initial, with one tunnel PE1 to PE2 (positions 2 and N + 3).
LineModel base_line(int lsrs, ModelTunnel tunnel, ModelRouter core = cisco, int plain_behind = 0);

}  // namespace utnt::core::test
