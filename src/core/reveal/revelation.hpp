// SPDX-License-Identifier: BSD-2-Clause
// Revelation of one hidden LSP: judges each trace sent for it and says what to do next.
//   Revelation r = begin_revelation(test);                    // trace to r.target from test.first_ttl
//   auto step = advance(r, evaluate_ordinary(r, path), path, lsp_storage);
//   // Step::trace: trace to step.target;  Step::buddy: UDP trace to the buddy of step.target, evaluate_buddy;
//   // Step::done: revealed_lsp(r, lsp_storage) holds the LSRs, ingress first.
// Source: the TNT specification, sections 7.1-7.3; 11 #7, #18, #19b for the rules that the original lacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/revelation_test.hpp"

namespace utnt::core {

/// LSRs that one revelation keeps; a longer LSP ends incomplete.
inline constexpr std::size_t lsp_hops_max = 64;

/// Where the default rule set goes beyond the original; all off = the original.
struct RevelationRules {
  bool pass_silent_first{false};  ///< silent LSR nearest the ingress: continue with the next one of the step
  bool stop_at_ends{false};       ///< also stop when the LSR nearest the ingress is `start` or `next`
  bool accept_first_ttl{false};   ///< buddy: `start` at the first probed TTL and directly before the reply is enough
  bool know_silent_hop{false};    ///< buddy: who answers directly behind `start`, where the trace is silent, hides not
  std::uint8_t steps_max{255};
};
inline constexpr RevelationRules tnt_revelation_rules{};
inline constexpr RevelationRules utnt_revelation_rules{.pass_silent_first = true,
                                                       .stop_at_ends = true,
                                                       .accept_first_ttl = true,
                                                       .know_silent_hop = true,
                                                       .steps_max = 40};

enum class Outcome : std::uint8_t { revealed = 0, nothing_revealed, ingress_not_found, target_not_reached };

/// What one trace showed. For `revealed`, the new LSRs are path[first .. first + count).
struct Evaluation {
  Outcome outcome{Outcome::target_not_reached};
  std::uint16_t first{0};
  std::uint16_t count{0};
  Discoveries technique{};  ///< dpr, brpr or buddy
};

struct Revelation {
  AddressRef start{};
  AddressRef next{};
  AddressRef target{};  ///< of the ordinary trace in progress, or the address whose buddy is tried
  AddressRef buddy{};   ///< set by the caller before evaluate_buddy
  Trigger trigger{Trigger::none};
  bool ingress_is_silent{false};
  std::uint8_t estimated_lsrs{0};  ///< 0 = no estimate; tells whether silent LSRs at the ingress are all of them
  bool egress_is_hidden{false};    ///< the LSR nearest `next` is the egress: UHP
  bool egress_is_silent{false};    ///< the silent hop before `next` is the egress, not the ingress
  bool try_buddy{false};           ///< where an ordinary trace reveals nothing at all, try the buddy of `next`
  std::uint8_t step{1};
  bool on_buddy{false};  ///< the trace in progress goes to the buddy of `target`
  // Valid once done:
  bool incomplete{false};
  bool list_was_full{false};        ///< more LSRs than lsp_hops_max: incomplete
  Outcome last{Outcome::revealed};  ///< of the last trace; `revealed` when the recursion ended for another reason
  std::uint8_t lsp_count{0};
};

struct Step {
  enum class Action : std::uint8_t { trace, buddy, done };
  Action action{Action::done};
  AddressRef target{};
  std::uint8_t fresh{0};  ///< LSRs at the front of the list that this trace brought
};

Revelation begin_revelation(const RevelationTest& test);

/// A silent hop between `start` and `next` may be the ingress or the egress. Where the trace to `next` shows an
/// answering router right behind `start` and a silent one right before `next`, it is the egress, and `start` the
/// ingress; where both are silent the estimate decides. The revelation goes on with that reading. For the first trace
/// only; the default rules.
void place_silent_end(Revelation& revelation, std::span<const HopRecord> path);

/// Judges a trace to `revelation.target`; `path` starts at the test's first TTL and ends at the last probed one.
Evaluation evaluate_ordinary(const Revelation& revelation, std::span<const HopRecord> path);

/// Judges a UDP trace to `revelation.buddy`.
Evaluation evaluate_buddy(const Revelation& revelation, std::span<const HopRecord> path,
                          const RevelationRules& rules = tnt_revelation_rules);

/// Takes the evaluation of the trace in progress, keeps its LSRs in `lsp_storage` (lsp_hops_max records, the same at
/// every call), and says what comes next. After `done` the LSRs bear marks, technique, step and the stop reason.
Step advance(Revelation& revelation, const Evaluation& evaluation, std::span<const HopRecord> path,
             std::span<HopRecord> lsp_storage, const RevelationRules& rules = tnt_revelation_rules);

/// The LSRs found so far, nearest the ingress first. The silent ingress is not among them.
std::span<HopRecord> revealed_lsp(const Revelation& revelation, std::span<HopRecord> lsp_storage);

}  // namespace utnt::core
