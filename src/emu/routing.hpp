// SPDX-License-Identifier: BSD-2-Clause
// Routes and labels of a scenario at one epoch: shortest paths, egress routers of external prefixes, label bindings.
// Everything is computed when first asked for and kept.
// Sources: RFC 3031 section 3 (bindings), RFC 5036 section 2 (label distribution by FEC), RFC 4364 (inner label).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "emu/model.hpp"
#include "emu/prefix_table.hpp"

namespace utnt::emu {

using HopSet = std::vector<NextHop>;

struct LabelEntry {
  bool known{false};
  LabelOp op{LabelOp::tail};
  HopSet hops;  ///< equal-cost next hops with their own outgoing labels (swap) or none (pop)
};

struct StaticRoute {
  Ipv4Range to, from;
  std::optional<ReplyClass> only;
  bool pin_first_flow{false};
  HopSet hops;
};

class Routing {
 public:
  Routing(const Model& model, const PrefixTable& prefixes, std::vector<bool> link_up,
          const std::vector<ModelRoute>& routes);

  /// Next hops of `node` for IP packets to `prefix`, with the labels to push; empty: unreachable.
  const HopSet& ip_hops(std::uint32_t node, std::uint32_t prefix);
  const LabelEntry& label(std::uint32_t node, std::uint32_t label);
  [[nodiscard]] const std::vector<StaticRoute>& static_routes(std::uint32_t node) const { return statics_[node]; }

 private:
  struct Fec {
    std::uint32_t prefix{0};
    bool abrupt{false};  ///< the FEC of external destinations whose LSP ends with the label on
  };
  struct Domain {
    std::uint32_t label_base{0}, stride{0};
    std::vector<Fec> fecs;
    std::unordered_map<std::uint32_t, std::uint32_t> fec_of_prefix;
    std::unordered_map<std::uint32_t, std::uint32_t> abrupt_fec_of_node;
    std::unordered_map<std::uint32_t, std::uint32_t> position;
  };
  struct Binding {
    enum class Kind { none, implicit_null, label } kind{Kind::none};
    std::uint32_t label{0};
  };

  void build_domain(std::uint32_t index, std::uint32_t label_base);
  const std::vector<std::uint32_t>& distances(std::uint32_t prefix);
  std::vector<std::uint32_t> candidate_links(std::uint32_t node, std::uint32_t prefix);
  std::uint32_t egress(std::uint32_t node, std::uint32_t prefix, std::uint32_t domain);
  HopSet compute_ip_hops(std::uint32_t node, std::uint32_t prefix);
  HopSet attached_hop(std::uint32_t node, std::uint32_t prefix) const;
  LabelEntry compute_label(std::uint32_t node, std::uint32_t label);
  LabelEntry follow_fec(std::uint32_t node, std::uint32_t domain, std::uint32_t fec);
  std::optional<std::uint32_t> fec_of_label(std::uint32_t node, std::uint32_t domain, std::uint32_t label) const;
  [[nodiscard]] bool is_tail(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const;
  [[nodiscard]] bool ends_abruptly(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const;
  [[nodiscard]] Binding binding(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const;
  [[nodiscard]] std::uint32_t label_value(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const;
  [[nodiscard]] NextHop hop_over(std::uint32_t node, std::uint32_t link) const;
  void push_onto(NextHop& hop, std::uint32_t node, std::uint32_t domain, std::uint32_t fec,
                 std::uint32_t far_end) const;
  [[nodiscard]] std::uint32_t other_end(std::uint32_t node, std::uint32_t link) const;
  [[nodiscard]] bool forwards(std::uint32_t node) const;

  const Model& model_;
  const PrefixTable& prefixes_;
  std::vector<bool> link_up_;
  std::vector<Domain> domains_;
  std::vector<std::vector<std::uint32_t>> distances_;  // by prefix, then node; empty: not computed
  std::vector<std::uint32_t> ip_index_;                // node * prefixes + prefix -> hop set + 1
  std::vector<HopSet> hop_sets_;
  std::unordered_map<std::uint64_t, LabelEntry> labels_;
  std::vector<std::vector<StaticRoute>> statics_;
};

}  // namespace utnt::emu
