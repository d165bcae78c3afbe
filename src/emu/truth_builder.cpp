// SPDX-License-Identifier: BSD-2-Clause
// The walk below knows where packets go and what is on their label stack; TTLs play no part in it.
#include "emu/truth_builder.hpp"

#include <algorithm>
#include <memory>

#include "emu/detectable.hpp"
#include "emu/middlebox.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

class TruthWalk {
 public:
  TruthWalk(CompiledScenario& scenario, std::size_t epoch) : scenario_{scenario}, topology_{scenario, true} {
    topology_.set_epoch(epoch);
  }

  Truth run(wire::Packet probe) {
    truth_.reachable = false;
    if (!load_flight(probe, flight_)) return std::move(truth_);
    flight_.node = scenario_.model.vantage_point;
    flight_.target = topology_.resolve(flight_.destination);
    constexpr unsigned hops_max = 255;
    for (unsigned i = 0; i < hops_max && advance(); ++i) {
    }
    return std::move(truth_);
  }

 private:
  bool advance() {
    if (flight_.depth > 0) return labelled();
    if (flight_.node != scenario_.model.vantage_point && topology_.is_local(flight_)) {
      truth_.reachable = true;
      return false;
    }
    return ip();
  }

  bool ip() {
    const auto view = topology_.node(flight_.node);
    if (view.kind == NodeKind::host) return false;
    if (view.quirks != nullptr && flight_.node != scenario_.model.vantage_point) {
      const auto& box = view.quirks->middlebox;
      const bool walled = std::any_of(box.firewalls.begin(), box.firewalls.end(),
                                      [&](const auto& w) { return w.to.contains(flight_.destination); });
      if (walled || blocks(box, flight_)) return false;
      if (rewrite(box, flight_)) flight_.target = topology_.resolve(flight_.destination);
    }
    NextHop hop;
    if (!topology_.route(flight_, hop)) return false;
    if (hop.push_count > 0) {
      ingress_ = static_cast<std::uint16_t>(truth_.path.size() - 1);
      flight_.pipe = hop.push_pipe;
      for (std::size_t i = 0; i < hop.push_count; ++i) flight_.stack[flight_.depth++] = {hop.push[i], 255};
    }
    return move(hop);
  }

  bool labelled() {
    LabelAction action;
    if (!topology_.label(flight_, action)) return false;
    const auto here = static_cast<std::uint16_t>(truth_.path.size() - 1);
    switch (action.op) {
      case LabelOp::swap:
        flight_.top().label = action.next.out_label;
        return move(action.next);
      case LabelOp::pop_and_forward:
        pop();
        if (flight_.depth == 0) close(static_cast<std::uint16_t>(here + 1), End::penultimate);
        return move(action.next);
      case LabelOp::tail:
        pop();
        if (flight_.depth == 0) close(here, End::ultimate);
        return true;
      case LabelOp::abrupt:
        flight_.depth = 0;
        close(here, End::abrupt);
        return true;
    }
    return false;
  }

  void pop() {
    --flight_.depth;
    constexpr std::uint32_t entropy_indicator = 7;
    if (flight_.depth >= 2 && flight_.top().label == entropy_indicator)
      flight_.depth = static_cast<std::uint8_t>(flight_.depth - 2);
  }

  enum class End { penultimate, ultimate, abrupt };

  void close(std::uint16_t egress, End end) {
    // Without an LSR between the two nothing is hidden and nothing is labelled, but for a tail that hides itself.
    if (egress <= ingress_ + 1 && !hides_itself(egress, end)) return;
    TrueTunnel tunnel;
    tunnel.ingress = ingress_;
    tunnel.egress = egress;
    if (flight_.pipe) {
      tunnel.tunnel_class = end == End::abrupt     ? TrueClass::opaque
                            : end == End::ultimate ? TrueClass::invisible_uhp
                                                   : TrueClass::invisible_php;
    } else {
      tunnel.tunnel_class = some_lsr_quotes_labels(egress) ? TrueClass::explicit_ : TrueClass::implicit;
    }
    truth_.tunnels.push_back(tunnel);
  }

  [[nodiscard]] bool hides_itself(std::uint16_t egress, End end) const {
    const auto tail = scenario_.model.nodes[nodes_[egress]].knobs.uhp_pipe_egress;
    return egress == ingress_ + 1 && flight_.pipe && end == End::ultimate && tail != UhpPipeEgress::always_decrement;
  }

  [[nodiscard]] bool some_lsr_quotes_labels(std::uint16_t egress) const {
    for (std::size_t i = ingress_ + 1U; i < egress; ++i)
      if (scenario_.model.nodes[nodes_[i]].knobs.rfc4950 != Rfc4950::off) return true;
    return false;
  }

  bool move(const NextHop& hop) {
    if (std::find(nodes_.begin(), nodes_.end(), hop.node) != nodes_.end()) return false;  // a forwarding loop
    flight_.node = hop.node;
    flight_.made_here = false;
    flight_.in_address = hop.in_address;
    const auto& node = scenario_.model.nodes[hop.node];
    TrueRouter router;
    router.name = node.name;
    router.incoming = wire::Ipv4Address{hop.in_address};
    for (const auto l : node.links) {
      const auto& link = scenario_.model.links[l];
      router.aliases.emplace_back(wire::Ipv4Address{link.a == hop.node ? link.address_a : link.address_b});
    }
    if (node.loopback != 0) router.aliases.emplace_back(wire::Ipv4Address{node.loopback});
    // Another router's address names that router, whoever answers with it.
    const std::uint32_t fixed = node.knobs.fixed_source;
    const bool own_face = PrefixTable::owner_of(topology_.resolve(fixed)) == nobody;
    if (node.knobs.icmp_src == IcmpSource::fixed && own_face)
      router.aliases.emplace_back(wire::Ipv4Address{node.knobs.fixed_source});
    router.answers_te = node.knobs.answers_te == Answers::yes;
    router.answers_er = node.knobs.answers_er == Answers::yes;
    truth_.path.push_back(std::move(router));
    nodes_.push_back(hop.node);
    return true;
  }

  CompiledScenario& scenario_;
  ScenarioTopology topology_;
  Flight flight_;
  Truth truth_;
  std::vector<std::uint32_t> nodes_;
  std::uint16_t ingress_{0};
};

}  // namespace

Truth build_truth(CompiledScenario& scenario, std::size_t epoch, wire::Packet probe) {
  const auto walk = std::make_unique<TruthWalk>(scenario, epoch);
  Truth truth = walk->run(probe);
  ScenarioTopology calm{scenario, true};
  calm.set_epoch(epoch);
  judge_tunnels(calm, scenario.model.vantage_point, probe, truth);
  return truth;
}

std::vector<std::byte> default_probe(wire::Ipv4Address source, wire::Ipv4Address destination) {
  constexpr std::size_t bytes = 44;
  std::vector<std::byte> packet(bytes);
  wire::write_ipv4_header(packet, {.total_length = bytes,
                                   .dont_fragment = true,
                                   .ttl = Ttl{255},
                                   .protocol = wire::protocol::icmp,
                                   .source = source,
                                   .destination = destination});
  wire::write_echo(MutableBytes{packet}.subspan(wire::ipv4_header_bytes), {.identifier = 0x8000});
  return packet;
}

}  // namespace utnt::emu
