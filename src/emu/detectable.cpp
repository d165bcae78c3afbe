// SPDX-License-Identifier: BSD-2-Clause
// One function per row of the table. Nothing here decides what a prober reports: it only asks whether the evidence that
// a rule needs is in the answers at all, knowing where the tunnel is.
#include "emu/detectable.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "emu/witness.hpp"
#include "wire/address.hpp"

namespace utnt::emu {

namespace {

constexpr int uturn_sum_min = 3;

class Judge {
 public:
  Judge(Topology& calm, NodeId vantage_point, wire::Packet probe, const Truth& truth)
      : witness_{calm, vantage_point}, probe_{probe}, source_{load_be32(probe, 12)}, truth_{truth} {
    seen_ = witness_.trace(probe);
    match();
  }

  std::string_view rule_against(const TrueTunnel& tunnel) {
    switch (tunnel.tunnel_class) {
      case TrueClass::explicit_:
        return labelled(tunnel, false);
      case TrueClass::opaque:
        return labelled(tunnel, true);
      case TrueClass::implicit:
        return implicit(tunnel);
      case TrueClass::invisible_php:
        return invisible_php(tunnel);
      case TrueClass::invisible_uhp:
        return invisible_uhp(tunnel);
    }
    return {};
  }

 private:
  /// Finds for each answer the router that gave it; a router appears no earlier than the one before it.
  void match() {
    index_.assign(seen_.size(), -1);
    int from = 0;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (!seen_[i].answered) continue;
      for (int r = from; r < static_cast<int>(truth_.path.size()); ++r) {
        if (!is_router(seen_[i].source, r)) continue;
        index_[i] = r;
        from = r;
        break;
      }
    }
  }

  [[nodiscard]] bool is_router(std::uint32_t address, int router) const {
    const auto& aliases = truth_.path[static_cast<std::size_t>(router)].aliases;
    const wire::IpAddress wanted = wire::Ipv4Address{address};
    return std::find(aliases.begin(), aliases.end(), wanted) != aliases.end();
  }

  /// Position in the trace of the first answer of a router; -1 when it never answers.
  [[nodiscard]] int position(int router) const {
    for (std::size_t i = 0; i < index_.size(); ++i)
      if (index_[i] == router) return static_cast<int>(i);
    return -1;
  }
  [[nodiscard]] const Observation& at(int position) const { return seen_[static_cast<std::size_t>(position)]; }

  static bool reserved(std::uint32_t address) { return wire::is_reserved(wire::Ipv4Address{address}); }
  int echo(std::uint32_t address) { return reserved(address) ? 0 : witness_.ping(source_, address); }
  /// The second half of the signature: the echo reply, or the port unreachable of a router that is mute to echo.
  int second(std::uint32_t address) {
    const int er = echo(address);
    if (er != 0 || reserved(address)) return er;
    const auto seen = witness_.ask(udp_probe(source_, address, 0x8000));
    return seen.answered && seen.type == 3 && seen.source == address ? seen.reply_ttl : 0;
  }

  [[nodiscard]] bool ends_answer(const TrueTunnel& t) const {
    return position(t.ingress) >= 0 && position(t.egress) >= 0;
  }

  std::string_view labelled(const TrueTunnel& t, bool opaque) {
    if (!ends_answer(t)) return undetectable::silent_end;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const int ttl = seen_[i].top_label_ttl;
      if (opaque ? index_[i] == t.egress && ttl >= 2 && ttl <= 254
                 : index_[i] > t.ingress && index_[i] < t.egress && ttl >= 0)
        return {};
    }
    return undetectable::labels_unseen;
  }

  std::string_view implicit(const TrueTunnel& t) {
    if (!ends_answer(t)) return undetectable::silent_end;
    int sum = 0;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const auto& o = seen_[i];
      if (index_[i] <= t.ingress || index_[i] >= t.egress || !o.is_time_exceeded()) continue;
      if (o.quoted_ttl > 1 && o.quoted_ttl != 255) return {};
      const int er = second(o.source);
      const bool is_rtla = initial_ttl(o.reply_ttl) == 255 && initial_ttl(er) != 255;
      if (er != 0 && !is_rtla) sum += std::abs(way_back(o.reply_ttl) - way_back(er));
    }
    return sum >= uturn_sum_min ? std::string_view{} : undetectable::no_qttl_no_uturn;
  }

  [[nodiscard]] static int excess(const Observation& o) { return way_back(o.reply_ttl) - o.probe_ttl; }

  bool php_trigger(const TrueTunnel& t) {
    const int in = position(t.ingress), out = position(t.egress);
    const auto& egress = at(out);
    if (!egress.is_time_exceeded()) return false;
    const int er = second(egress.source);
    const bool comparable = er != 0 && initial_ttl(egress.reply_ttl) == 255 && initial_ttl(er) != 255;
    if (comparable && way_back(egress.reply_ttl) - way_back(er) >= 1) return true;
    // The jump of the replies' excess at the egress, or at the first 255-initial router behind a run of others.
    for (int i = out; i < static_cast<int>(seen_.size()) && at(i).is_time_exceeded(); ++i) {
      if (initial_ttl(at(i).reply_ttl) != 255) continue;
      return excess(at(i)) - excess(at(in)) >= 1;
    }
    return false;
  }

  /// Does some flow towards `target` show a router between the ingress and it, by echo or by UDP?
  bool revelation_shows(int ingress, std::uint32_t target) {
    constexpr std::uint16_t flows = 8;
    for (std::uint16_t flow = 0; flow < flows; ++flow) {
      const auto number = static_cast<std::uint16_t>(0x8000 + flow);
      if (shows(witness_.trace(flow == 0 ? redirected(target) : redirect(probe_, target, number)), ingress))
        return true;
      if (shows(witness_.trace(udp_probe(source_, target, number)), ingress)) return true;
    }
    return false;
  }
  [[nodiscard]] std::vector<std::byte> redirected(std::uint32_t target) const {
    constexpr std::size_t enough = 28;
    if (probe_.size() < enough) return redirect(probe_, target, 0x8000);
    const bool echo_request = load_be16(probe_, 20) == 0x0800;  // else the source port names the flow
    return redirect(probe_, target, load_be16(probe_, echo_request ? 24 : 20));
  }
  [[nodiscard]] bool shows(const std::vector<Observation>& trace, int ingress) const {
    if (trace.empty() || !trace.back().answered || trace.back().is_time_exceeded()) return false;
    for (std::size_t i = 0; i + 2 < trace.size(); ++i)
      if (trace[i].answered && is_router(trace[i].source, ingress) && !is_router(trace[i + 1].source, ingress))
        return true;
    return false;
  }

  std::string_view invisible_php(const TrueTunnel& t) {
    if (!ends_answer(t)) return undetectable::silent_end;
    const auto egress = at(position(t.egress)).source;
    if (reserved(egress) || reserved(at(position(t.ingress)).source)) return undetectable::reserved_end;
    if (!php_trigger(t)) return undetectable::no_trigger;
    return revelation_shows(t.ingress, egress) ? std::string_view{} : undetectable::no_revelation;
  }

  std::string_view invisible_uhp(const TrueTunnel& t) {
    if (position(t.egress) >= 0) return undetectable::class_unseen;
    const int in = position(t.ingress);
    if (in < 0) return undetectable::silent_end;
    if (reserved(at(in).source)) return undetectable::reserved_end;
    const std::size_t first = static_cast<std::size_t>(in) + 1;
    const bool twice = first + 1 < seen_.size() && seen_[first].is_time_exceeded() &&
                       seen_[first + 1].is_time_exceeded() && seen_[first].source == seen_[first + 1].source &&
                       seen_[first].quoted_ttl != 0;
    if (!twice) return undetectable::no_trigger;
    if (reserved(seen_[first].source)) return undetectable::reserved_end;
    const bool shown = revelation_shows(t.ingress, seen_[first].source) || buddy_answers(t, seen_[first].source);
    return shown ? std::string_view{} : undetectable::no_revelation;
  }

  /// Port unreachable for one of the other addresses of the duplicate's block, from a face of the egress not yet known.
  bool buddy_answers(const TrueTunnel& t, std::uint32_t duplicate) {
    const std::uint32_t base = duplicate & ~3U;
    for (std::uint32_t buddy = base; buddy < base + 4; ++buddy) {
      if (buddy == duplicate) continue;
      const auto seen = witness_.ask(udp_probe(source_, buddy, 0x8000));
      if (seen.answered && seen.type == 3 && seen.source != buddy && seen.source != duplicate &&
          is_router(seen.source, t.egress))
        return true;
    }
    return false;
  }

  Witness witness_;
  wire::Packet probe_;
  std::uint32_t source_;
  const Truth& truth_;
  std::vector<Observation> seen_;
  std::vector<int> index_;
};

}  // namespace

void judge_tunnels(Topology& calm, NodeId vantage_point, wire::Packet probe, Truth& truth) {
  if (truth.tunnels.empty()) return;
  Judge judge{calm, vantage_point, probe, truth};
  for (auto& tunnel : truth.tunnels) {
    const auto rule = judge.rule_against(tunnel);
    tunnel.detectable = rule.empty();
    tunnel.undetectable_rule = rule;
  }
}

}  // namespace utnt::emu
