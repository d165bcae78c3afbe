// SPDX-License-Identifier: BSD-2-Clause
// The signals of one hop under the default rules: initial TTLs with their ambiguity, and a second signature where echo
// is not answered.
// Source: the TNT specification, sections 4 and 11 #15, #16.
#pragma once

#include <cstdint>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/signals.hpp"

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

/// The same without a call for the values that leave no choice: from 33 on the next initial TTL is too far away to be
/// plausible.
inline InitialTtl initial_ttl_of(std::uint8_t reply_ttl, int expected_length) {
  if (reply_ttl > 32) return {initial_ttl(reply_ttl), false};
  return infer_initial_ttl(reply_ttl, expected_length);
}

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
/// Inline, like the differences below: classification asks for them at every turn.
inline HopSignals signals_of(const HopRecord& hop) {
  HopSignals s;
  if (hop.is_silent()) return s;
  const auto te = initial_ttl_of(hop.te_ttl, hop.probe_ttl);
  if (te.value == 0) return s;
  s.te_initial = te.value;
  s.te_length = te.value - hop.te_ttl + 1;
  s.ambiguous = te.ambiguous;
  const std::uint8_t second = hop.er_ttl != 0 ? hop.er_ttl : hop.unreachable_ttl;
  const auto er = initial_ttl_of(second, s.te_length);
  if (er.value == 0) return s;
  s.er_initial = er.value;
  s.er_length = er.value - second + 1;
  s.ambiguous = s.ambiguous || er.ambiguous;
  return s;
}

/// Return length of the reply minus the probe TTL, for replies of any kind.
constexpr int return_excess(const HopRecord& hop, const HopSignals& signals) {
  return signals.te_initial == 0 ? 0 : signals.te_length - hop.probe_ttl;
}
/// As rtla() and uturn() of signals.hpp, by the inferred initial TTLs.
constexpr int uturn_of(const HopSignals& signals) {
  return signals.has_second() ? signals.te_length - signals.er_length : 0;
}
constexpr int rtla_of(const HopSignals& signals) {
  return signals.te_initial == 255 && signals.has_second() && signals.er_initial != 255 ? uturn_of(signals) : 0;
}

}  // namespace utnt::core
