// SPDX-License-Identifier: BSD-2-Clause
// Hop by hop comparison of a revelation trace with the trace that it explains.
// Source: the TNT specification, section 11 #4, #5.
#include "core/reveal/path_agreement.hpp"

namespace utnt::core {
namespace {

/// The hop of `hops` at `ttl`, or null.
const HopRecord* hop_at(std::span<const HopRecord> hops, std::uint8_t ttl) {
  if (hops.empty() || ttl < hops.front().probe_ttl) return nullptr;
  const auto i = static_cast<std::size_t>(ttl - hops.front().probe_ttl);
  return i < hops.size() ? &hops[i] : nullptr;
}

}  // namespace

Agreement compare_with_original(std::span<const HopRecord> original, const Revelation& revelation,
                                std::span<const HopRecord> path, std::uint8_t target_er_ttl) {
  for (const auto& hop : path) {
    const HopRecord* const before = hop_at(original, hop.probe_ttl);
    if (before == nullptr) return hop.address == revelation.start ? Agreement::start_moved : Agreement::prefix_differs;
    if (hop.address == revelation.start) {
      if (before->address != revelation.start) return Agreement::start_moved;
      break;
    }
    // A hop that was silent in one of the traces says nothing.
    if (hop.is_silent() || before->is_silent() || hop.address == before->address) continue;
    if (is_same_interface(hop, *before)) continue;
    return before->address == revelation.start ? Agreement::start_moved : Agreement::prefix_differs;
  }
  if (path.empty()) return Agreement::agrees;
  const HopRecord& last = path.back();
  const bool comparable = last.kind == ReplyKind::echo_reply && last.address == revelation.target && target_er_ttl != 0;
  return comparable && last.te_ttl != target_er_ttl ? Agreement::target_moved : Agreement::agrees;
}

}  // namespace utnt::core
