// SPDX-License-Identifier: BSD-2-Clause
// The forwarding engine: walks one packet of the vantage point node by node through a topology, lets it expire or
// arrive, walks the answers back, and puts what reaches the vantage point into the queue of arrivals. One call does all
// of it. Sources: RFC 1812 section 5.3.1, RFC 3031, RFC 3032, RFC 3443, RFC 4950.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/prng.hpp"
#include "emu/arrivals.hpp"
#include "emu/counters.hpp"
#include "emu/icmp_reply.hpp"
#include "emu/impairments.hpp"
#include "emu/recorder.hpp"
#include "emu/topology.hpp"

namespace utnt::emu {

class Forwarder {
 public:
  Forwarder(Topology& topology, NodeId vantage_point, std::uint64_t seed)
      : topology_{topology}, vantage_point_{vantage_point}, random_{seed} {}

  /// Sends one packet of the vantage point at `now` and computes everything that follows from it.
  void send(wire::Packet packet, Instant now);

  [[nodiscard]] Arrivals& arrivals() { return arrivals_; }
  [[nodiscard]] const Arrivals& arrivals() const { return arrivals_; }
  [[nodiscard]] const NetworkCounters& counters() const { return counters_; }
  void set_recorder(Recorder* recorder) { recorder_ = recorder; }
  void set_impairments(const Impairments& impairments) {
    impairments_ = impairments;
    edge_random_ = Prng{impairments.seed};
  }

 private:
  // Movement (forward.cpp). Each returns whether the flight goes on.
  bool step(Flight& f);
  bool labelled(Flight& f, const NodeView& node);
  bool pop_and_forward(Flight& f, const NodeView& node, const LabelAction& action, std::uint8_t new_ttl);
  bool tail(Flight& f, const NodeView& node);
  bool abrupt(Flight& f, const NodeView& node);
  bool ip(Flight& f, const NodeView& node);
  bool send_on(Flight& f, const NodeView& node);
  bool transmit(Flight& f, const NextHop& hop);
  bool disturb(Flight& f, const LinkNoise& noise);
  bool through_middlebox(Flight& f, const NodeView& node);
  bool deliver(Flight& f, const NodeView& node);
  void arrive(Flight& f);
  bool drop(Flight& f, std::uint64_t NetworkCounters::*counter);

  // Answers (forward_answers.cpp).
  void answer_expired(const Flight& f, const NodeView& node, const LabelAction* action);
  void answer_echo(const Flight& f, const NodeView& node);
  void answer_closed_port(const Flight& f, const NodeView& node);
  void answer_unreachable(const Flight& f, const NodeView& node, std::uint8_t code, std::uint16_t mtu,
                          std::uint32_t source);
  void answer_for_destination(const Flight& f, const NodeView& node, FirewallAnswer answer);
  struct Answer {
    ReplyClass reply{ReplyClass::time_exceeded};
    ReplyFault fault{ReplyFault::none};
    std::uint16_t ip_id{0};
  };
  std::optional<Answer> begin_answer(const Flight& f, const NodeView& node, ReplyClass reply);
  std::uint32_t error_source(const Flight& f, const NodeView& node);
  void depart(Flight& reply, const Flight& cause, const NodeView& node, const Answer& answer);
  void launch(Flight& reply, const Answer& answer);
  bool detour(Flight& reply, const Flight& cause, const NodeView& node, const LabelAction& action);

  Flight* acquire();
  void note(const Flight& f, Action action, std::uint32_t label = 0, std::uint8_t label_ttl = 0);

  Topology& topology_;
  NodeId vantage_point_;
  Prng random_;
  Prng edge_random_{1};
  Impairments impairments_;
  Arrivals arrivals_;
  NetworkCounters counters_;
  Recorder* recorder_{nullptr};
  std::vector<std::unique_ptr<Flight>> pool_;
  std::vector<Flight*> idle_;
  std::vector<Flight*> pending_;  // flights that still have to be walked
};

}  // namespace utnt::emu
