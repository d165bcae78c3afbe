// SPDX-License-Identifier: BSD-2-Clause
// The procedural Internet as the forwarding engine sees it: every lookup is a function of the seed and the address.
//   vantage point - access line (3 routers) - transit - provider - host
// Inside a segment with MPLS the two LERs and the LSRs between them share an IGP and label every loopback, and every
// link subnet if the profile does so. A label names its FEC by number, offset by a hash of the router that gave it out.
#pragma once

#include <array>
#include <optional>

#include "emu/procedural/segment_plan.hpp"
#include "emu/topology.hpp"

namespace utnt::emu {

class ProceduralTopology final : public Topology {
 public:
  explicit ProceduralTopology(const ProceduralOptions& options);

  [[nodiscard]] NodeView node(NodeId id) override;
  [[nodiscard]] Target resolve(std::uint32_t address) override;
  [[nodiscard]] bool is_local(const Flight& flight) override;
  [[nodiscard]] bool route(const Flight& flight, NextHop& out) override;
  [[nodiscard]] bool label(const Flight& flight, LabelAction& out) override;

  [[nodiscard]] SegmentPlans& plans() { return plans_; }
  /// The knobs of a router, by its segment and its own silence.
  [[nodiscard]] const RouterKnobs& knobs(NodeId node);
  /// A calm topology loses nothing: what follows from the configuration alone.
  void set_calm(bool calm) { noise_.loss_ppm = calm ? 0 : plans_.options().loss_ppm; }
  /// Whether the router's profile labels link subnets too.
  static bool labels_links(const SegmentPlan& plan) { return plan.profile != 1; }

 private:
  /// Where inside a segment something lies: a stage, and the branch if only one will do.
  struct Goal {
    std::uint32_t stage{0};
    std::optional<std::uint32_t> branch{};
    std::optional<std::uint32_t> link{};  ///< goal is to be attached to this link
  };
  using Fec = std::uint32_t;

  [[nodiscard]] NodeId owner(const Place& place);
  [[nodiscard]] bool beyond(SegmentId segment, const Place& place) const;
  [[nodiscard]] static bool attached(const SegmentPlan& plan, NodeId node, std::uint32_t link);
  [[nodiscard]] Goal goal_of_fec(const SegmentPlan& plan, Fec fec) const;
  [[nodiscard]] std::optional<Fec> fec_of(const SegmentPlan& plan, NodeId node, const Place& place, bool beyond) const;
  [[nodiscard]] bool is_tail(const SegmentPlan& plan, NodeId node, Fec fec) const;
  [[nodiscard]] std::uint32_t label_of(NodeId node, Fec fec) const;
  /// Crosses one link towards `goal`; `choice` decides where two branches serve.
  [[nodiscard]] bool step(NodeId from, const Goal& goal, std::uint64_t choice, NextHop& out);
  [[nodiscard]] bool cross(NodeId from, const Place& place, std::uint32_t link, NextHop& out);
  [[nodiscard]] bool leave_forward(const Flight& flight, const Place& place, NextHop& out);
  [[nodiscard]] bool leave_backward(NodeId from, NextHop& out);
  [[nodiscard]] std::uint64_t choice_of(const Flight& flight) const;
  void set_hop(NextHop& out, NodeId node, std::uint32_t out_address, std::uint32_t in_address) const;

  SegmentPlans plans_;
  std::array<RouterKnobs, segment_mpls_kinds * 3 * 4> router_knobs_{};
  RouterKnobs host_knobs_, mute_host_knobs_;
  LinkNoise noise_;
};

}  // namespace utnt::emu
