// SPDX-License-Identifier: BSD-2-Clause
// Answers that nodes give: when, from which address, with which TTL, and along which way back.
// Sources: RFC 1122 section 3.2.2 and RFC 1812 section 4.3.2 (when not to answer), RFC 3032 section 2.3 (errors inside
// an LSP).
#include <algorithm>

#include "emu/forward.hpp"
#include "wire/icmpv4.hpp"

namespace utnt::emu {

namespace {

bool may_cause_error(const Flight& f) {
  const auto multicast_or_beyond = [](std::uint32_t address) { return address >= 0xe000'0000U || address == 0; };
  return f.reply == ReplyClass::none && f.kind != PacketKind::icmp_error && !f.later_fragment &&
         !multicast_or_beyond(f.destination) && !multicast_or_beyond(f.source);
}

bool any_contains(const std::vector<Ipv4Range>& ranges, std::uint32_t address) {
  return std::any_of(ranges.begin(), ranges.end(), [=](const Ipv4Range& r) { return r.contains(address); });
}

bool policy_allows(const Flight& f, const NodeView& node, ReplyClass reply) {
  const auto& k = *node.knobs;
  const Answers answers = reply == ReplyClass::time_exceeded ? k.answers_te
                          : reply == ReplyClass::echo_reply  ? k.answers_er
                                                             : k.answers_du;
  if (node.quirks != nullptr && any_contains(node.quirks->silent_to, f.destination)) return false;
  switch (answers) {
    case Answers::yes:
      return true;
    case Answers::no:
      return false;
    case Answers::only_from:
      return node.quirks != nullptr && any_contains(node.quirks->only_from, f.source);
  }
  return false;
}

bool rate_allows(const Flight& f, const NodeView& node, ReplyClass reply) {
  if (node.state == nullptr) return true;
  const auto& k = *node.knobs;
  switch (reply) {
    case ReplyClass::time_exceeded:
      return node.state->te.allow(k.te_rate, f.source, f.time);
    case ReplyClass::echo_reply:
      return node.state->er.allow(k.er_rate, f.source, f.time);
    case ReplyClass::unreachable:
      return node.state->du.allow(k.du_rate, f.source, f.time);
    case ReplyClass::none:
    case ReplyClass::reset:
      return true;
  }
  return true;
}

std::uint16_t next_ip_id(const Flight& f, const NodeView& node) {
  if (node.state == nullptr) return static_cast<std::uint16_t>(mix64(f.probe ^ std::uint64_t{f.node} << 32));
  switch (node.knobs->ip_id) {
    case IpIdMode::shared:
      return ++node.state->ip_id;
    case IpIdMode::per_interface:
      return ++node.state->interface_ip_id[mix64(f.in_address) % 16];
    case IpIdMode::zero:
      return 0;
  }
  return 0;
}

ReplyFault next_fault(const NodeView& node) {
  if (node.quirks == nullptr || node.quirks->faults.empty() || node.state == nullptr) return ReplyFault::none;
  const std::uint32_t n = node.state->answers++;
  if (n % node.quirks->fault_every != 0) return ReplyFault::none;
  return node.quirks->faults[n / node.quirks->fault_every % node.quirks->faults.size()];
}

}  // namespace

std::optional<Forwarder::Answer> Forwarder::begin_answer(const Flight& f, const NodeView& node, ReplyClass reply) {
  if (!policy_allows(f, node, reply)) {
    ++counters_.silent;
    return std::nullopt;
  }
  if (!rate_allows(f, node, reply)) {
    ++counters_.rate_limited;
    return std::nullopt;
  }
  return Answer{reply, next_fault(node), next_ip_id(f, node)};
}

std::uint32_t Forwarder::error_source(const Flight& f, const NodeView& node) {
  IcmpSource mode = node.knobs->icmp_src;
  if (node.quirks != nullptr && any_contains(node.quirks->third_party_to, f.destination))
    mode = node.quirks->third_party;
  switch (mode) {
    case IcmpSource::incoming:
      break;
    case IcmpSource::fixed:
      return node.knobs->fixed_source;
    case IcmpSource::loopback:
      return node.loopback != 0 ? node.loopback : f.in_address;
    case IcmpSource::outgoing_to_source: {
      Flight* back = acquire();
      if (back == nullptr) break;
      back->node = f.node;
      back->source = back->in_address = 0;
      back->destination = f.source;
      back->target = topology_.resolve(f.source);
      back->address_hash = back->port_hash = back->flow_hash = back->flow_id = 0;
      back->reply = ReplyClass::time_exceeded;
      back->depth = 0;
      NextHop hop;
      const bool found = topology_.route(*back, hop);
      idle_.push_back(back);
      if (found && hop.out_address != 0) return hop.out_address;
      break;
    }
  }
  return f.in_address != 0 ? f.in_address : node.loopback;
}

void Forwarder::depart(Flight& reply, const Flight& cause, const NodeView& node, const Answer& answer) {
  const auto& k = *node.knobs;
  Instant at = cause.time;
  if (k.slow_path_service.ns() > 0 && node.state != nullptr) {
    at = std::max(at, node.state->slow_path_free) + k.slow_path_service;
    node.state->slow_path_free = at;
  }
  at = at + k.response;
  if (k.response_jitter.ns() > 0) {
    const auto most = static_cast<std::uint64_t>(k.response_jitter.ns()) + 1;
    at = at + Duration{static_cast<std::int64_t>(random_.below(most))};
  }
  if (answer.fault == ReplyFault::late) at = at + 2_s;
  if (answer.fault == ReplyFault::reordered) at = at + 60_ms;
  reply.time = at;
  reply.node = cause.node;
  reply.probe = cause.probe;
  reply.reply = answer.reply;
  reply.target = topology_.resolve(reply.destination);
}

void Forwarder::launch(Flight& reply, const Answer& answer) {
  if (answer.fault == ReplyFault::duplicate) {
    if (Flight* twin = acquire(); twin != nullptr) {
      copy_flight(reply, *twin);
      twin->time = twin->time + 1_ms;
      pending_.push_back(twin);
    }
  }
  pending_.push_back(&reply);
}

bool Forwarder::detour(Flight& reply, const Flight& cause, const NodeView& node, const LabelAction& action) {
  const TeRoute mode = node.knobs->te_route;
  if (mode == TeRoute::ip_route || (mode == TeRoute::detour_if_depth2 && cause.depth < 2)) return false;
  if (action.op != LabelOp::swap && action.op != LabelOp::pop_and_forward) return false;
  reply.depth = cause.depth;
  reply.pipe = cause.pipe;
  for (std::size_t i = 0; i < cause.depth; ++i) reply.stack[i] = {cause.stack[i].label, 255};
  if (action.op == LabelOp::swap) {
    reply.top().label = action.next.out_label;
  } else {
    --reply.depth;
  }
  return true;
}

void Forwarder::answer_expired(const Flight& f, const NodeView& node, const LabelAction* action) {
  if (!may_cause_error(f)) return;
  const auto answer = begin_answer(f, node, ReplyClass::time_exceeded);
  if (!answer) return;
  const std::uint32_t source = error_source(f, node);
  Flight* reply = acquire();
  if (reply == nullptr) return;
  build_error(f, *node.knobs,
              {.type = wire::icmp4::time_exceeded,
               .ttl = node.knobs->te_ittl,
               .ip_id = answer->ip_id,
               .source = source,
               .with_labels = true,
               .fault = answer->fault},
              *reply);
  depart(*reply, f, node, *answer);
  if (action != nullptr && detour(*reply, f, node, *action) && !transmit(*reply, action->next)) {
    idle_.push_back(reply);
    return;
  }
  launch(*reply, *answer);
}

void Forwarder::answer_echo(const Flight& f, const NodeView& node) {
  if (f.source == 0 || f.source >= 0xe000'0000U) return;
  const auto answer = begin_answer(f, node, ReplyClass::echo_reply);
  if (!answer) return;
  std::uint32_t source = f.destination;
  if (node.knobs->er_src == EchoSource::incoming && f.in_address != 0) source = f.in_address;
  if (node.knobs->er_src == EchoSource::loopback && node.loopback != 0) source = node.loopback;
  Flight* reply = acquire();
  if (reply == nullptr) return;
  build_echo_reply(f, source, node.knobs->er_ittl, answer->ip_id, answer->fault, *reply);
  depart(*reply, f, node, *answer);
  launch(*reply, *answer);
}

void Forwarder::answer_closed_port(const Flight& f, const NodeView& node) {
  if (f.kind == PacketKind::udp) {
    std::uint32_t source = f.destination;
    if (node.knobs->du_src == UnreachableSource::incoming && f.in_address != 0) source = f.in_address;
    if (node.knobs->du_src == UnreachableSource::loopback && node.loopback != 0) source = node.loopback;
    // A host has one face: it answers from the address that was asked.
    if (node.kind == NodeKind::host) source = f.destination;
    answer_unreachable(f, node, wire::icmp4::code_port_unreachable, 0, source);
    return;
  }
  constexpr std::uint8_t rst = 0x04;
  if (!node.knobs->answers_reset || (load_u8(f.packet(), f.header_bytes + 13U) & rst) != 0) return;
  Flight* reply = acquire();
  if (reply == nullptr) return;
  const Answer answer{ReplyClass::reset, ReplyFault::none, next_ip_id(f, node)};
  build_reset(f, node.knobs->er_ittl, answer.ip_id, *reply);
  depart(*reply, f, node, answer);
  launch(*reply, answer);
}

void Forwarder::answer_unreachable(const Flight& f, const NodeView& node, std::uint8_t code, std::uint16_t mtu,
                                   std::uint32_t source) {
  if (!may_cause_error(f)) return;
  const auto answer = begin_answer(f, node, ReplyClass::unreachable);
  if (!answer) return;
  Flight* reply = acquire();
  if (reply == nullptr) return;
  build_error(f, *node.knobs,
              {.type = wire::icmp4::unreachable,
               .code = code,
               .ttl = node.knobs->du_ittl,
               .ip_id = answer->ip_id,
               .next_hop_mtu = mtu,
               .source = source,
               .fault = answer->fault},
              *reply);
  depart(*reply, f, node, *answer);
  launch(*reply, *answer);
}

void Forwarder::answer_for_destination(const Flight& f, const NodeView& node, FirewallAnswer kind) {
  switch (kind) {
    case FirewallAnswer::drop:
      return;
    case FirewallAnswer::port_unreachable:
      return answer_unreachable(f, node, wire::icmp4::code_port_unreachable, 0, f.destination);
    case FirewallAnswer::admin_prohibited:
      return answer_unreachable(f, node, wire::icmp4::code_admin_prohibited, 0, error_source(f, node));
    case FirewallAnswer::host_unreachable:
      return answer_unreachable(f, node, wire::icmp4::code_host_unreachable, 0, error_source(f, node));
    case FirewallAnswer::echo_reply:
      if (f.kind == PacketKind::echo_request) answer_echo(f, node);
      return;
    case FirewallAnswer::time_exceeded: {
      if (!may_cause_error(f)) return;
      const auto answer = begin_answer(f, node, ReplyClass::time_exceeded);
      Flight* reply = answer ? acquire() : nullptr;
      if (reply == nullptr) return;
      build_error(f, *node.knobs, {.ttl = node.knobs->te_ittl, .ip_id = answer->ip_id, .source = f.destination},
                  *reply);
      depart(*reply, f, node, *answer);
      launch(*reply, *answer);
      return;
    }
  }
}

}  // namespace utnt::emu
