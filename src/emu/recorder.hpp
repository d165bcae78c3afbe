// SPDX-License-Identifier: BSD-2-Clause
// Introspection: for each packet the nodes it traversed, in order, with what each did to its label stack.
// Tests assert on it; nothing in the forwarding depends on it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace utnt::emu {

enum class Action : std::uint8_t {
  originate,  ///< the node made this packet
  forward,    ///< plain IP forwarding
  push,       ///< IP to label
  swap,
  pop,      ///< penultimate or ultimate hop, see Step::label
  deliver,  ///< addressed to this node
  expire,   ///< TTL ran out here
  lose,     ///< dropped by an impairment, a policy or for want of a route
};

struct Step {
  std::uint32_t node{0};  ///< index of the node, as in the order of the scenario
  Action action{Action::forward};
  std::uint32_t label{0};  ///< top label on arrival (swap, pop, expire) or on departure (push); 0 when none
  std::uint8_t ip_ttl{0};  ///< on arrival
  std::uint8_t label_ttl{0};
};

/// One packet: a probe, or an answer made on the way (its first step is `originate`).
struct Walk {
  std::uint64_t probe{0};  ///< number of the probe that caused it, from 0
  bool is_reply{false};
  Instant start;
  std::vector<Step> steps;
};

class Recorder {
 public:
  void begin(std::uint64_t probe, bool is_reply, Instant at) { walks_.push_back({probe, is_reply, at, {}}); }
  void step(const Step& step) { walks_.back().steps.push_back(step); }
  [[nodiscard]] const std::vector<Walk>& walks() const { return walks_; }
  void clear() { walks_.clear(); }

 private:
  std::vector<Walk> walks_;
};

}  // namespace utnt::emu
