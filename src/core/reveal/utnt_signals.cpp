// SPDX-License-Identifier: BSD-2-Clause
// Inference of initial TTLs and the differences built on them.
// Source: the TNT specification, sections 4 and 11 #15.
#include "core/reveal/utnt_signals.hpp"

#include <array>

#include "core/reveal/signals.hpp"

namespace utnt::core {
namespace {

constexpr int magnitude(int value) { return value < 0 ? -value : value; }

constexpr std::array<int, 4> initial_ttls{32, 64, 128, 255};

constexpr bool is_plausible(int initial, int length) {
  return length <= (initial == 32 ? return_path_max_from_32 : return_path_max);
}

}  // namespace

InitialTtl infer_initial_ttl(std::uint8_t reply_ttl, int expected_length) {
  if (reply_ttl == 0) return {};
  // From 33 on the next initial TTL is too far away to be plausible: there is only one candidate.
  if (reply_ttl > 32) return {initial_ttl(reply_ttl), false};
  InitialTtl best;
  int best_distance = 0;
  int smallest = 0;
  for (const int initial : initial_ttls) {
    if (initial < reply_ttl) continue;
    if (smallest == 0) smallest = initial;
    const int length = initial - reply_ttl + 1;
    if (!is_plausible(initial, length)) continue;
    const int distance = magnitude(length - expected_length);
    if (best.value == 0) {
      best.value = initial;
      best_distance = distance;
      continue;
    }
    best.ambiguous = true;
    if (distance < best_distance) {
      best.value = initial;
      best_distance = distance;
    }
  }
  if (best.value == 0) best.value = smallest;
  return best;
}

HopSignals signals_of(const HopRecord& hop) {
  HopSignals s;
  if (hop.is_silent()) return s;
  const auto te = infer_initial_ttl(hop.te_ttl, hop.probe_ttl);
  if (te.value == 0) return s;
  s.te_initial = te.value;
  s.te_length = te.value - hop.te_ttl + 1;
  s.ambiguous = te.ambiguous;
  const std::uint8_t second = hop.er_ttl != 0 ? hop.er_ttl : hop.unreachable_ttl;
  const auto er = infer_initial_ttl(second, s.te_length);
  if (er.value == 0) return s;
  s.er_initial = er.value;
  s.er_length = er.value - second + 1;
  s.ambiguous = s.ambiguous || er.ambiguous;
  return s;
}

int return_excess(const HopRecord& hop, const HopSignals& signals) {
  return signals.te_initial == 0 ? 0 : signals.te_length - hop.probe_ttl;
}

int rtla_of(const HopSignals& signals) {
  return signals.te_initial == 255 && signals.has_second() && signals.er_initial != 255 ? uturn_of(signals) : 0;
}

int uturn_of(const HopSignals& signals) { return signals.has_second() ? signals.te_length - signals.er_length : 0; }

}  // namespace utnt::core
