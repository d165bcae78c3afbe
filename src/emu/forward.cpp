// SPDX-License-Identifier: BSD-2-Clause
// Movement of packets: the rules for labelled packets, for IP packets, and for links.
#include "emu/forward.hpp"

#include <algorithm>

#include "emu/middlebox.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

constexpr std::uint32_t steps_max = 1024;  // a packet whose TTL no longer falls ends here
constexpr std::size_t flights_max = 32;    // copies of one packet alive at once
constexpr std::uint32_t entropy_indicator = 7;
constexpr std::uint32_t million = 1'000'000;

bool transport_checksum_ok(const Flight& f) {
  const auto payload = f.packet().subspan(f.header_bytes);
  if (f.kind == PacketKind::echo_request) return wire::ones_sum(payload) == 0xffff;
  if (f.kind != PacketKind::udp || load_be16(payload, 6) == 0) return true;
  const std::size_t length = load_be16(payload, 4);
  if (length < 8 || length > payload.size()) return false;
  const auto pseudo = wire::pseudo_header_sum(wire::Ipv4Address{f.source}, wire::Ipv4Address{f.destination}, f.protocol,
                                              static_cast<std::uint32_t>(length));
  return wire::ones_sum(payload.first(length), pseudo) == 0xffff;
}

/// Takes the top entry off, and an entropy label that it uncovers with it (RFC 6790 section 4.2).
void pop_entry(Flight& f) {
  --f.depth;
  if (f.depth >= 2 && f.top().label == entropy_indicator) f.depth = static_cast<std::uint8_t>(f.depth - 2);
}

void push_labels(Flight& f, const NextHop& hop) {
  f.pipe = hop.push_pipe;
  const std::uint8_t ttl = f.pipe ? hop.pipe_ttl : f.ttl;
  for (std::size_t i = 0; i < hop.push_count; ++i) {
    std::uint32_t label = hop.push[i];
    if (label == entropy_of_flow) label = 16 + static_cast<std::uint32_t>(f.port_hash % 1'000'000);
    f.stack[f.depth++] = {label, ttl};
  }
}

}  // namespace

Flight* Forwarder::acquire() {
  if (idle_.empty()) {
    if (pool_.size() == flights_max) return nullptr;
    pool_.push_back(std::make_unique<Flight>());
    idle_.push_back(pool_.back().get());
  }
  Flight* f = idle_.back();
  idle_.pop_back();
  return f;
}

void Forwarder::note(const Flight& f, Action action, std::uint32_t label, std::uint8_t label_ttl) {
  if (recorder_ != nullptr) recorder_->step({f.node, action, label, f.ttl, label_ttl});
}

bool Forwarder::drop(Flight& f, std::uint64_t NetworkCounters::*counter) {
  note(f, Action::lose, f.depth > 0 ? f.top().label : 0, f.depth > 0 ? f.top().ttl : std::uint8_t{0});
  ++(counters_.*counter);
  return false;
}

void Forwarder::send(wire::Packet packet, Instant now) {
  const std::uint64_t probe = counters_.probes++;
  Flight* first = acquire();
  UTNT_ASSERT(first != nullptr);
  if (!load_flight(packet, *first)) {
    ++counters_.bad_packets;
    idle_.push_back(first);
    return;
  }
  first->node = vantage_point_;
  first->time = now;
  first->probe = probe;
  first->target = topology_.resolve(first->destination);
  if (impairments_.loss_ppm > 0 && edge_random_.chance(impairments_.loss_ppm, million)) {
    ++counters_.lost;
    idle_.push_back(first);
    return;
  }
  pending_.push_back(first);
  while (!pending_.empty()) {
    Flight* f = pending_.back();
    pending_.pop_back();
    if (recorder_ != nullptr) {
      recorder_->begin(probe, f->reply != ReplyClass::none, f->time);
      if (f->made_here) note(*f, Action::originate);
    }
    while (step(*f)) {
    }
    idle_.push_back(f);
  }
}

bool Forwarder::step(Flight& f) {
  if (++f.steps > steps_max) return drop(f, &NetworkCounters::no_route);
  const NodeView node = topology_.node(f.node);
  if (f.made_here) return send_on(f, node);
  return f.depth > 0 ? labelled(f, node) : ip(f, node);
}

bool Forwarder::labelled(Flight& f, const NodeView& node) {
  LabelAction action;
  const bool known = topology_.label(f, action);
  StackEntry& top = f.top();
  if (top.ttl <= 1) {
    const bool pops = known && action.op == LabelOp::pop_and_forward;
    if (pops && node.knobs->lh_check == LastHopCheck::after_pop) {
      note(f, Action::pop, top.label, top.ttl);
      const std::uint8_t left = 0;
      pop_entry(f);
      if (f.depth > 0) {
        f.top().ttl = std::min(f.top().ttl, left);
      } else if (node.knobs->pop_ttl != PopTtl::none) {
        f.ttl = left;  // min and write agree on zero
      }
      return f.depth > 0 ? labelled(f, node) : ip(f, node);
    }
    note(f, Action::expire, top.label, top.ttl);
    answer_expired(f, node, known ? &action : nullptr);
    return false;
  }
  if (!known) return drop(f, &NetworkCounters::no_route);
  switch (action.op) {
    case LabelOp::swap:
      note(f, Action::swap, top.label, top.ttl);
      top.label = action.next.out_label;
      --top.ttl;
      return transmit(f, action.next);
    case LabelOp::pop_and_forward:
      return pop_and_forward(f, node, action, static_cast<std::uint8_t>(top.ttl - 1));
    case LabelOp::tail:
      return tail(f, node);
    case LabelOp::abrupt:
      return abrupt(f, node);
  }
  return false;
}

bool Forwarder::pop_and_forward(Flight& f, const NodeView& node, const LabelAction& action, std::uint8_t new_ttl) {
  note(f, Action::pop, f.top().label, f.top().ttl);
  pop_entry(f);
  std::uint8_t& exposed = f.depth > 0 ? f.top().ttl : f.ttl;
  switch (node.knobs->pop_ttl) {
    case PopTtl::min:
      exposed = std::min(exposed, new_ttl);
      break;
    case PopTtl::write:
      exposed = new_ttl;
      break;
    case PopTtl::none:
      break;
  }
  return transmit(f, action.next);
}

bool Forwarder::tail(Flight& f, const NodeView& node) {
  const std::uint8_t label_ttl = f.top().ttl;
  note(f, Action::pop, f.top().label, label_ttl);
  pop_entry(f);
  if (f.depth > 0) {
    // The entry below is this router's own business too; its check and decrement follow in the next step.
    if (!f.pipe) f.top().ttl = std::min(f.top().ttl, label_ttl);
    return true;
  }
  if (topology_.is_local(f)) return deliver(f, node);
  if (!f.pipe) {
    f.ttl = std::min(f.ttl, static_cast<std::uint8_t>(label_ttl - 1));
    return send_on(f, node);
  }
  switch (node.knobs->uhp_pipe_egress) {
    case UhpPipeEgress::always_decrement:
      return ip(f, node);
    case UhpPipeEgress::never_decrement:
      return send_on(f, node);
    case UhpPipeEgress::cisco_dup:
      if (f.ttl >= 2) --f.ttl;
      return send_on(f, node);
  }
  return false;
}

bool Forwarder::abrupt(Flight& f, const NodeView& node) {
  if (!f.pipe) f.ttl = std::min(f.ttl, f.top().ttl);
  if (topology_.is_local(f)) {
    pop_entry(f);
    return deliver(f, node);
  }
  if (f.ttl <= 1) {
    note(f, Action::expire, f.top().label, f.top().ttl);
    answer_expired(f, node, nullptr);
    return false;
  }
  note(f, Action::pop, f.top().label, f.top().ttl);
  f.depth = 0;
  --f.ttl;
  return send_on(f, node);
}

bool Forwarder::ip(Flight& f, const NodeView& node) {
  if (node.quirks != nullptr && node.quirks->middlebox.active() && !through_middlebox(f, node)) return false;
  if (topology_.is_local(f)) return deliver(f, node);
  if (node.kind != NodeKind::router) return drop(f, &NetworkCounters::no_route);
  if (f.ttl <= 1) {
    if (!node.knobs->zero_ttl_forward) {
      note(f, Action::expire);
      answer_expired(f, node, nullptr);
      return false;
    }
    f.ttl = 0;
  } else {
    --f.ttl;
  }
  if (node.quirks != nullptr) adjust_ttl(node.quirks->middlebox, f);
  return send_on(f, node);
}

bool Forwarder::through_middlebox(Flight& f, const NodeView& node) {
  const auto& box = node.quirks->middlebox;
  for (const auto& wall : box.firewalls) {
    if (f.reply == ReplyClass::none && wall.to.contains(f.destination)) {
      if (wall.answer == FirewallAnswer::drop) return drop(f, &NetworkCounters::silent);
      note(f, Action::deliver);
      answer_for_destination(f, node, wall.answer);
      return false;
    }
  }
  if (blocks(box, f)) return drop(f, &NetworkCounters::silent);
  if (rewrite(box, f)) f.target = topology_.resolve(f.destination);
  return true;
}

bool Forwarder::send_on(Flight& f, const NodeView& node) {
  NextHop hop;
  if (!topology_.route(f, hop)) {
    if (node.knobs->no_route != NoRoute::drop && !f.made_here) {
      const bool net = node.knobs->no_route == NoRoute::net_unreachable;
      answer_unreachable(f, node, net ? 0 : 1, 0, error_source(f, node));
    }
    return drop(f, &NetworkCounters::no_route);
  }
  const std::size_t wire_bytes = f.size + 4U * hop.push_count;
  if (wire_bytes > hop.mtu && (load_u8(f.packet(), 6) & 0x40) != 0) {
    constexpr std::uint8_t fragmentation_needed = 4;
    if (!f.made_here) {
      const auto left = static_cast<std::uint16_t>(hop.mtu - 4U * hop.push_count);
      answer_unreachable(f, node, fragmentation_needed, left, error_source(f, node));
    }
    return drop(f, &NetworkCounters::lost);
  }
  if (hop.push_count > 0) {
    push_labels(f, hop);
    note(f, Action::push, f.top().label, f.top().ttl);
  } else if (!f.made_here) {
    note(f, Action::forward);
  }
  return transmit(f, hop);
}

bool Forwarder::transmit(Flight& f, const NextHop& hop) {
  if (hop.noise != nullptr && !disturb(f, *hop.noise)) return drop(f, &NetworkCounters::lost);
  f.time = f.time + hop.delay;
  f.node = hop.node;
  f.in_address = hop.in_address;
  f.made_here = false;
  if (hop.noise != nullptr && hop.noise->duplicate_ppm > 0 && random_.chance(hop.noise->duplicate_ppm, million)) {
    if (Flight* twin = acquire(); twin != nullptr) {
      copy_flight(f, *twin);
      pending_.push_back(twin);
    }
  }
  return true;
}

bool Forwarder::disturb(Flight& f, const LinkNoise& noise) {
  if (noise.loss_ppm > 0 && random_.chance(noise.loss_ppm, million)) return false;
  if (noise.jitter.ns() > 0) {
    const auto most = static_cast<std::uint64_t>(noise.jitter.ns()) + 1;
    f.time = f.time + Duration{static_cast<std::int64_t>(random_.below(most))};
  }
  if (noise.reorder_ppm > 0 && random_.chance(noise.reorder_ppm, million)) f.time = f.time + noise.reorder_delay;
  if (noise.corrupt_ppm > 0 && f.size > f.header_bytes && random_.chance(noise.corrupt_ppm, million)) {
    const std::size_t at = f.header_bytes + random_.below(f.size - f.header_bytes);
    f.bytes[at] ^= static_cast<std::byte>(1U << random_.below(8));
  }
  return true;
}

bool Forwarder::deliver(Flight& f, const NodeView& node) {
  note(f, Action::deliver);
  if (node.kind == NodeKind::vantage_point) {
    arrive(f);
    return false;
  }
  if (f.reply != ReplyClass::none || f.later_fragment || !transport_checksum_ok(f)) return false;
  if (f.kind == PacketKind::echo_request) answer_echo(f, node);
  if (f.kind == PacketKind::udp || f.kind == PacketKind::tcp) answer_closed_port(f, node);
  return false;
}

void Forwarder::arrive(Flight& f) {
  if (impairments_.loss_ppm > 0 && edge_random_.chance(impairments_.loss_ppm, million)) {
    ++counters_.lost;
    return;
  }
  Instant at = f.time;
  const auto up_to = [this](Duration most) {
    return Duration{static_cast<std::int64_t>(edge_random_.below(static_cast<std::uint64_t>(most.ns()) + 1))};
  };
  if (impairments_.jitter.ns() > 0) at = at + up_to(impairments_.jitter);
  if (impairments_.reorder_ppm > 0 && edge_random_.chance(impairments_.reorder_ppm, million))
    at = at + up_to(impairments_.reorder_delay);
  seal_flight(f);
  ++counters_.replies;
  arrivals_.put(f.packet(), at);
  if (impairments_.duplicate_ppm > 0 && edge_random_.chance(impairments_.duplicate_ppm, million)) {
    ++counters_.replies;
    arrivals_.put(f.packet(), at + up_to(impairments_.reorder_delay));
  }
}

}  // namespace utnt::emu
