// SPDX-License-Identifier: BSD-2-Clause
// What the forwarding engine asks about the network. A scenario answers from tables, the procedural Internet from a
// function of the address; the rules of forwarding are the same for both.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "emu/flight.hpp"
#include "emu/knobs.hpp"
#include "emu/node_state.hpp"
#include "emu/quirks.hpp"

namespace utnt::emu {

enum class NodeKind : std::uint8_t { router, host, vantage_point };

struct NodeView {
  const RouterKnobs* knobs{nullptr};
  const NodeQuirks* quirks{nullptr};  ///< nullptr for nearly every node
  NodeState* state{nullptr};          ///< counters and buckets; nullptr: none kept
  std::uint32_t loopback{0};
  NodeKind kind{NodeKind::router};
};

/// Stands for the entropy label of the packet (RFC 6790) in NextHop::push.
inline constexpr std::uint32_t entropy_of_flow = 0xffff'ffffU;

struct NextHop {
  NodeId node{0};
  std::uint32_t out_address{0};  ///< of the interface the packet leaves by
  std::uint32_t in_address{0};   ///< of the interface it enters the next node by
  std::uint32_t out_label{0};    ///< for a swap
  std::uint16_t mtu{1500};
  std::uint8_t push_count{0};
  bool push_pipe{false};                ///< the ingress does not propagate the TTL
  std::uint8_t pipe_ttl{255};           ///< what a pipe ingress writes instead
  std::array<std::uint32_t, 4> push{};  ///< labels to impose on an IP packet, bottom first
  Duration delay{0};
  const LinkNoise* noise{nullptr};  ///< nullptr: neither loss nor jitter
};

enum class LabelOp : std::uint8_t { swap, pop_and_forward, tail, abrupt };

struct LabelAction {
  LabelOp op{LabelOp::tail};
  NextHop next;  ///< for swap and pop_and_forward
};

class Topology {
 public:
  Topology() = default;
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;
  virtual ~Topology() = default;

  [[nodiscard]] virtual NodeView node(NodeId id) = 0;
  [[nodiscard]] virtual Target resolve(std::uint32_t address) = 0;
  /// Is the flight's destination an address of the node it is at?
  [[nodiscard]] virtual bool is_local(const Flight& flight) = 0;
  /// Next hop for the flight as an IP packet at its node; false: no route.
  [[nodiscard]] virtual bool route(const Flight& flight, NextHop& out) = 0;
  /// What its node does with the flight's top label; false: label unknown.
  [[nodiscard]] virtual bool label(const Flight& flight, LabelAction& out) = 0;
};

}  // namespace utnt::emu
