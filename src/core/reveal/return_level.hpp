// SPDX-License-Identifier: BSD-2-Clause
// What the return paths of the hops so far let expect at the next hop. A tunnel shows as a rise over it; asymmetry that
// was there before, and the decay behind an earlier tunnel, do not.
// Source: the TNT specification, sections 4 (table of ideal values) and 11 #2.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/level_model.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {

/// The hops of a path together with the return level at each of them. The model walks along with the questions: asked
/// in path order, all levels cost one pass; a question about an earlier hop begins anew.
class LevelledPath {
 public:
  template <class Hops>
  requires std::convertible_to<const Hops&, std::span<const HopRecord>> LevelledPath(const Hops& hops)
      : hops_{hops} {}  // NOLINT(google-explicit-constructor): a view of its argument

  /// For whoever looks at the hops alone.
  [[nodiscard]] operator std::span<const HopRecord>() const { return hops_; }  // NOLINT: a view, as it was before
  [[nodiscard]] const HopRecord& operator[](std::size_t i) const { return hops_[i]; }
  [[nodiscard]] std::size_t size() const { return hops_.size(); }

  /// The level at hops[i], from the marked hops before it.
  [[nodiscard]] ReturnLevel level(std::size_t i) const;
  /// To be told when hops from `first` on become LSRs or cease to be such.
  void marks_changed(std::size_t first) const {
    if (first < taken_) restart();
  }

 private:
  void restart() const {
    model_ = {};
    taken_ = 0;
  }

  std::span<const HopRecord> hops_;
  mutable LevelModel model_;
  mutable std::size_t taken_{0};  ///< hops that the model has seen
};

/// How the rise at hops[i] over `level` goes on behind it.
enum class RiseShape : std::uint8_t {
  unknown = 0,  ///< no later hop tells
  decay,        ///< one less per hop: the return LSP of a tunnel, pipe model
  step,         ///< it stays: uniform return LSP, or an asymmetric route
  noise,        ///< gone faster than any tunnel explains
};
RiseShape rise_shape(std::span<const HopRecord> hops, std::size_t i, const ReturnLevel& level);

/// The first of two adjacent time exceeded messages from one address: its TTL is that of a hop that hides.
inline bool is_first_of_pair(std::span<const HopRecord> hops, std::size_t i) {
  return i + 1 < hops.size() && hops[i + 1].address == hops[i].address && hops[i].is_time_exceeded() &&
         hops[i + 1].is_time_exceeded();
}

/// A hop whose return path tells about tunnels: a time exceeded of a 255-initial router outside visible tunnels.
inline bool shows_level(std::span<const HopRecord> hops, std::size_t i, const HopSignals& signals) {
  const HopRecord& hop = hops[i];
  return hop.is_time_exceeded() && signals.shows_return_lsp() && !is_lsr(hop) && !is_first_of_pair(hops, i);
}

}  // namespace utnt::core
