// SPDX-License-Identifier: BSD-2-Clause
// The knobs of one traceroute, by rule set.
// Source: the TNT specification, section 3.1 and 11 #7, #8.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "core/config.hpp"

namespace utnt::core {

struct PathRules {
  bool adaptive{true};  ///< timeouts from measured RTTs; silent hops are asked again after the rest, not at once
  std::uint8_t window{8};
  std::uint8_t window_unknown{3};  ///< while the distance of the destination is not known
  std::uint8_t attempts{2};
  std::uint8_t attempts_when_lossy{3};
  std::uint8_t gap_limit{5};
  Duration timeout_max{1'000'000'000};
};

inline PathRules path_rules(const EngineConfig& config) {
  const bool tnt = config.rules == RuleSet::tnt;
  PathRules rules;
  rules.adaptive = !tnt;
  rules.window = tnt ? std::uint8_t{1} : config.window;
  rules.window_unknown = rules.window < 3 ? rules.window : std::uint8_t{3};
  rules.attempts = tnt || config.attempts < 2 ? config.attempts : std::uint8_t{2};
  rules.attempts_when_lossy = config.attempts;
  rules.gap_limit = config.gap_limit;
  rules.timeout_max = config.timeout_max;
  return rules;
}

}  // namespace utnt::core
