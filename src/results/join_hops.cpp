// SPDX-License-Identifier: BSD-2-Clause
// Which replies belong to which hop of the final list, and which hops are the LSRs of a tunnel.
// A hop of the initial trace is found by its TTL; a revealed hop by TTL and address in a path of its step.
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "results/assembler.hpp"

namespace utnt::results {
namespace {

/// The reply that the engine judged the hop by comes first, the others keep their order.
void put_used_first(Hop& hop) {
  auto& replies = hop.replies;
  auto used = std::find_if(replies.begin(), replies.end(), [&hop](const Reply& r) {
    return r.from == hop.address && r.reply_ttl == hop.te_ttl && r.rtt == hop.rtt;
  });
  if (used == replies.end()) {
    used = std::find_if(replies.begin(), replies.end(), [&hop](const Reply& r) { return r.from == hop.address; });
  }
  if (used != replies.end()) std::rotate(replies.begin(), used, std::next(used));
}

/// Moves every reply of the initial path to the first hop of its TTL; what has no hop stays with the path.
void share_initial_replies(TraceResult& trace) {
  std::array<Hop*, 256> by_ttl{};
  for (auto& hop : trace.hops) {
    if (!hop.is_revealed() && by_ttl[hop.probe_ttl] == nullptr) by_ttl[hop.probe_ttl] = &hop;
  }
  std::vector<Reply> left;
  for (auto& reply : trace.initial.replies) {
    auto* hop = by_ttl[reply.probe_ttl];
    (hop != nullptr ? hop->replies : left).push_back(std::move(reply));
  }
  trace.initial.replies = std::move(left);
}

const Path* path_that_revealed(const TraceResult& trace, const Hop& hop) {
  const Path* found = nullptr;
  for (const auto& path : trace.paths) {
    const bool has_it = std::any_of(path.replies.begin(), path.replies.end(), [&hop](const Reply& r) {
      return r.from == hop.address && r.probe_ttl == hop.probe_ttl;
    });
    if (!has_it) continue;
    if (path.step == hop.step && path.kind != report::PathKind::confirmation) return &path;
    if (found == nullptr) found = &path;
  }
  return found;
}

void add_lsrs(const TraceResult& trace, Tunnel& tunnel) {
  if (tunnel.completeness == report::Completeness::suspected) return;
  const std::size_t first = tunnel.first_index;
  const std::size_t last = tunnel.last_index;
  for (std::size_t i = first; i <= last && i < trace.hops.size(); ++i) {
    const auto& hop = trace.hops[i];
    const bool is_end = (i == first && !tunnel.ingress.is_none()) || (i == last && !tunnel.egress.is_none());
    // An end without an address is either a silent router or an LSR beyond which nothing answered.
    const bool is_open_end = (i == first || i == last) && !hop.marks.has(report::Mark::lsr);
    if (is_end || is_open_end) continue;
    tunnel.lsrs.push_back({hop.address, technique_of(hop.discoveries), hop.step});
  }
}

}  // namespace

void join_hops(TraceResult& trace) {
  share_initial_replies(trace);
  for (auto& hop : trace.hops) {
    if (hop.is_revealed() && !hop.is_silent()) {
      if (const auto* path = path_that_revealed(trace, hop)) {
        std::copy_if(path->replies.begin(), path->replies.end(), std::back_inserter(hop.replies),
                     [&hop](const Reply& r) { return r.probe_ttl == hop.probe_ttl; });
      }
    }
    put_used_first(hop);
  }
  for (auto& tunnel : trace.tunnels) add_lsrs(trace, tunnel);
}

}  // namespace utnt::results
