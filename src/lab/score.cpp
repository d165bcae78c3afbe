// SPDX-License-Identifier: BSD-2-Clause
// Each true tunnel takes the first reported one that matches it; what is left over is false.
#include "lab/score.hpp"

#include <algorithm>
#include <optional>

#include "results/address_text.hpp"

namespace utnt::lab {
namespace {

using results::TraceResult;
using results::Tunnel;

bool is_suspected(const Tunnel& tunnel) { return tunnel.completeness == decltype(tunnel.completeness)::suspected; }

std::size_t row_of(const Tunnel& tunnel) { return static_cast<std::size_t>(tunnel.tunnel_class) - 1; }
std::size_t row_of(const emu::TrueTunnel& tunnel) { return static_cast<std::size_t>(tunnel.tunnel_class) - 1; }

bool has_class(const Tunnel& tunnel) { return row_of(tunnel) < score_classes; }

/// A silent router is rightly shown as silent.
bool is_router(const emu::TrueRouter& router, const wire::IpAddress& address) {
  if (address.is_none()) return !router.answers_te;
  return router.incoming == address || std::ranges::find(router.aliases, address) != router.aliases.end();
}

bool is_match(const Tunnel& found, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  return !is_suspected(found) && row_of(found) == row_of(tunnel) &&
         is_router(truth.path.at(tunnel.ingress), found.ingress) &&
         is_router(truth.path.at(tunnel.egress), found.egress);
}

bool has_right_lsrs(const Tunnel& found, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  const std::size_t first = tunnel.ingress + std::size_t{1};
  if (found.lsrs.size() != tunnel.egress - first) return false;
  for (std::size_t i = 0; i < found.lsrs.size(); ++i) {
    if (!is_router(truth.path.at(first + i), found.lsrs[i].address)) return false;
  }
  return true;
}

std::optional<int> place_of(const emu::Truth& truth, const wire::IpAddress& address) {
  if (address.is_none()) return std::nullopt;
  for (std::size_t i = 0; i < truth.path.size(); ++i) {
    if (is_router(truth.path[i], address)) return static_cast<int>(i);
  }
  return std::nullopt;
}

/// Whether `found` claims at least one link of the true tunnel.
bool is_overlap(const Tunnel& found, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  if (is_suspected(found) || row_of(found) != row_of(tunnel)) return false;
  const auto first = place_of(truth, found.ingress);
  const auto last = place_of(truth, found.egress);
  if (!first && !last) return false;
  return first.value_or(last.value_or(0) - 1) < tunnel.egress && last.value_or(first.value_or(0) + 1) > tunnel.ingress;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string text_of(const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  return std::string{score_class_name(row_of(tunnel))} + " " + truth.path.at(tunnel.ingress).name + " -> " +
         truth.path.at(tunnel.egress).name;
}

std::string text_of(const Tunnel& tunnel) {
  return std::string{score_class_name(row_of(tunnel))} + " " + results::address_text(tunnel.ingress) + " -> " +
         results::address_text(tunnel.egress);
}

}  // namespace

ClassScore& ClassScore::operator+=(const ClassScore& other) {
  truth += other.truth;
  detectable += other.detectable;
  found += other.found;
  found_detectable += other.found_detectable;
  overlapped += other.overlapped;
  reported += other.reported;
  lsrs_right += other.lsrs_right;
  return *this;
}

double ClassScore::recall_detectable() const { return share(found_detectable, detectable); }
double ClassScore::recall_all() const { return share(found, truth); }
double ClassScore::precision() const { return share(found, reported); }
double ClassScore::ends_right() const { return share(found, overlapped); }

std::string_view score_class_name(std::size_t index) {
  static constexpr std::array<std::string_view, score_classes> names{"explicit",      "implicit",      "opaque",
                                                                     "invisible_php", "invisible_uhp", "inferred"};
  return names.at(index);
}

std::string_view class_name(emu::TrueClass tunnel_class) {
  return score_class_name(static_cast<std::size_t>(tunnel_class) - 1);
}

void Score::note(const TraceResult& trace, const std::string& text) {
  if (mistakes_.size() < mistakes_max) mistakes_.push_back(results::address_text(trace.destination) + ": " + text);
}

void Score::add(const TraceResult& trace, const emu::Truth& truth) {
  ++traces_;
  std::vector<bool> is_used(trace.tunnels.size(), false);
  for (const auto& tunnel : truth.tunnels) {
    auto& score = by_class_.at(row_of(tunnel));
    ++score.truth;
    if (tunnel.detectable) ++score.detectable;
    // With both ends silent a match has no place on the path, and still overlaps.
    const auto is_touching = [&](const auto& found) {
      return is_overlap(found, tunnel, truth) || is_match(found, tunnel, truth);
    };
    if (std::ranges::any_of(trace.tunnels, is_touching)) ++score.overlapped;
    std::size_t i = 0;
    while (i < trace.tunnels.size() && (is_used[i] || !is_match(trace.tunnels[i], tunnel, truth))) ++i;
    if (i == trace.tunnels.size()) {
      note(trace, text_of(tunnel, truth) + (tunnel.detectable ? " was not found" : " was not found, and cannot be"));
      continue;
    }
    is_used[i] = true;
    ++score.found;
    if (tunnel.detectable) ++score.found_detectable;
    if (has_right_lsrs(trace.tunnels[i], tunnel, truth)) ++score.lsrs_right;
  }
  for (std::size_t i = 0; i < trace.tunnels.size(); ++i) {
    const auto& tunnel = trace.tunnels[i];
    if (is_suspected(tunnel)) {
      ++suspected_;
    } else if (has_class(tunnel)) {
      ++by_class_[row_of(tunnel)].reported;
      if (!is_used[i]) note(trace, text_of(tunnel) + " was reported and is not there");
    }
  }
}

ClassScore Score::all() const {
  ClassScore sum;
  for (const auto& score : by_class_) sum += score;
  return sum;
}

}  // namespace utnt::lab
