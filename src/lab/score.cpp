// SPDX-License-Identifier: BSD-2-Clause
// Counts what the matching of a trace's tunnels says.
#include "lab/score.hpp"

#include <algorithm>

#include "lab/tunnel_match.hpp"
#include "results/address_text.hpp"

namespace utnt::lab {
namespace {

using results::TraceResult;
using results::Tunnel;

std::size_t row_of(const Tunnel& tunnel) { return static_cast<std::size_t>(tunnel.tunnel_class) - 1; }
std::size_t row_of(const emu::TrueTunnel& tunnel) { return static_cast<std::size_t>(tunnel.tunnel_class) - 1; }

bool has_class(const Tunnel& tunnel) { return row_of(tunnel) < score_classes; }

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
  const auto matches = match_tunnels(trace, truth);
  for (const auto& match : matches.tunnels) {
    const auto& tunnel = *match.truth;
    auto& score = by_class_.at(row_of(tunnel));
    ++score.truth;
    if (tunnel.detectable) ++score.detectable;
    if (match.overlapped) ++score.overlapped;
    if (match.lsrs_right) ++score.lsrs_right;
    if (match.found == nullptr) {
      note(trace, text_of(tunnel, truth) + (tunnel.detectable ? " was not found" : " was not found, and cannot be"));
      continue;
    }
    ++score.found;
    ++score.reported;
    if (tunnel.detectable) ++score.found_detectable;
  }
  for (const auto* tunnel : matches.untrue) {
    if (!has_class(*tunnel)) continue;
    ++by_class_[row_of(*tunnel)].reported;
    note(trace, text_of(*tunnel) + " was reported and is not there");
  }
  look_alikes_ += matches.look_alikes.size();
  suspected_ += static_cast<std::uint64_t>(std::ranges::count_if(trace.tunnels, is_suspected));
}

ClassScore Score::all() const {
  ClassScore sum;
  for (const auto& score : by_class_) sum += score;
  return sum;
}

}  // namespace utnt::lab
