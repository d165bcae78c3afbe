// SPDX-License-Identifier: BSD-2-Clause
// A network as its author described it: nodes, links, domains, overrides. The routing tables are computed from this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "emu/procedural/internet_scenario.hpp"
#include "emu/quirks.hpp"
#include "emu/scenario.hpp"
#include "emu/topology.hpp"

namespace utnt::emu {

struct ModelNode {
  std::string name;
  NodeKind kind{NodeKind::router};
  RouterKnobs knobs;
  NodeQuirks quirks;
  bool has_quirks{false};
  std::uint32_t loopback{0};
  std::vector<Ipv4Range> owns;                ///< whole prefixes whose every address is this node's
  std::vector<std::uint32_t> domains;         ///< indices of the ASes (label domains) it belongs to
  std::vector<std::uint32_t> links;           ///< indices of its links, in the order of declaration
  std::vector<Ipv4Range> host_routes;         ///< for LabelScope::host_routes
  std::optional<std::uint32_t> abrupt_label;  ///< label shown where an LSP ends abruptly here
  std::uint32_t sid{0};                       ///< segment routing node SID index
};

struct ModelLink {
  std::string name;
  std::uint32_t a{0}, b{0};
  std::uint32_t address_a{0}, address_b{0};
  Ipv4Range subnet;
  std::uint32_t cost_ab{1}, cost_ba{1};
  Duration delay{500'000};
  std::uint16_t mtu{1500};
  bool igp{false};  ///< an edge link whose subnet is in the IGP of the AS at its end
  bool up{true};
  bool noisy{false};
  LinkNoise noise;
  std::int32_t domain{-1};  ///< AS of both ends
  bool border{false};       ///< leaves an AS
};

struct ModelDomain {
  std::string name;
  std::vector<std::uint32_t> routers;
  bool mpls{true};
  bool service_label{false};
  bool entropy_label{false};
  std::uint32_t sr_base{0};  ///< nonzero: segment routing, label = base + SID of the egress
};

/// Overrides the ingress model of the LSPs from one router to another.
struct ModelLsp {
  std::uint32_t from{0}, to{0};
  PushTtl push_ttl{PushTtl::uniform};
  std::uint8_t pipe_ttl{255};
};

/// A static route: plain IP to the neighbours in `via`, for packets to `to` of one reply class or all.
struct ModelRoute {
  std::uint32_t at{0};
  Ipv4Range to;
  std::vector<std::uint32_t> via;  ///< neighbour nodes; a repeated one weighs more
  std::optional<ReplyClass> only;
  Ipv4Range from;              ///< source filter; matches everything by default
  bool pin_first_flow{false};  ///< the first flow of low TTL that this node ever sees stays on via[0]
};

/// From a moment on, links and routes are different.
struct ModelChange {
  std::optional<Instant> at;
  std::uint64_t after_packets{0};  ///< packets of the vantage point that match `to`; 0: not used
  Ipv4Range to;
  std::vector<std::uint32_t> links_down, links_up;
  std::vector<ModelRoute> routes;
};

struct Model {
  ScenarioInfo info;
  std::uint32_t vantage_point{0};
  std::vector<ModelNode> nodes;
  std::vector<ModelLink> links;
  std::vector<ModelDomain> domains;
  std::vector<ModelLsp> lsps;
  std::vector<ModelRoute> routes;
  std::vector<ModelChange> changes;
  std::optional<InternetScenario> internet;  ///< then there are no nodes
};

/// Builds the model from TOML text. Throws ScenarioError.
Model read_model(std::string_view text, std::string_view name);

}  // namespace utnt::emu
