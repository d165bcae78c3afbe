// SPDX-License-Identifier: BSD-2-Clause
// Inference of initial TTLs where more than one fits.
// Source: the TNT specification, sections 4 and 11 #15.
#include "core/reveal/utnt_signals.hpp"

#include <array>

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

}  // namespace utnt::core
