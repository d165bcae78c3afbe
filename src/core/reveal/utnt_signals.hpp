// SPDX-License-Identifier: BSD-2-Clause
// The signals of one hop under the default rules: initial TTLs with their ambiguity, and a second signature where echo
// is not answered.
// Source: the TNT specification, sections 4 and 11 #15, #16.
#pragma once

#include <cstdint>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/mark_sets.hpp"

namespace utnt::core {

/// Longest return path that an initial TTL may imply; 32 is believed only for shorter ones.
inline constexpr int return_path_max = 40;
inline constexpr int return_path_max_from_32 = 30;

struct InitialTtl {
  int value{0};
  bool ambiguous{false};  ///< another initial TTL would fit as well
};

/// The initial TTL whose path length fits best beside `expected_length` hops; the smallest that fits at all when none
/// is plausible. 0 for a TTL of 0 (no reply).
InitialTtl infer_initial_ttl(std::uint8_t reply_ttl, int expected_length);

struct HopSignals {
  int te_initial{0};  ///< 0 = silent
  int te_length{0};   ///< hops that the reply travelled, its sender counted
  int er_initial{0};  ///< of the echo reply, else of the port unreachable; 0 = neither
  int er_length{0};
  bool ambiguous{false};

  /// The reply shows the length of a return LSP (popped with the smaller TTL).
  [[nodiscard]] constexpr bool shows_return_lsp() const { return te_initial == 255; }
  [[nodiscard]] constexpr bool has_second() const { return er_initial != 0; }
};
HopSignals signals_of(const HopRecord& hop);

/// Return length of the reply minus the probe TTL, for replies of any kind.
int return_excess(const HopRecord& hop, const HopSignals& signals);
/// As rtla() and uturn() of signals.hpp, by the inferred initial TTLs.
int rtla_of(const HopSignals& signals);
int uturn_of(const HopSignals& signals);

}  // namespace utnt::core
