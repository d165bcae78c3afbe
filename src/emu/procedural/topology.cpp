// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/topology.hpp"

#include <algorithm>

#include "base/prng.hpp"

namespace utnt::emu {
namespace {

// FEC numbers of a segment: loopback of (stage, branch), link subnet, and external destinations of an opaque LSP.
constexpr std::uint32_t fec_links = 64;
constexpr std::uint32_t fec_abrupt = 128;
constexpr std::uint32_t fecs_max = 129;
constexpr std::uint32_t label_first = 16'000;
constexpr std::uint32_t label_blocks = 5'000;
constexpr std::uint32_t label_block_size = 192;
constexpr std::uint32_t explicit_null = 0;
constexpr std::uint32_t near_side = 1, far_side = 2;
static_assert(label_first + label_blocks * label_block_size < 1U << 20);
static_assert(fecs_max <= label_block_size);

constexpr std::uint32_t purpose_te = 0, purpose_echo = 1, purpose_label = 2;

constexpr std::uint32_t loopback_fec(std::uint32_t stage, std::uint32_t branch) { return stage << 1 | branch; }
constexpr bool is_uniform(SegmentMpls mpls) { return mpls == SegmentMpls::explicit_ || mpls == SegmentMpls::implicit; }

Profile profile_of(std::uint8_t number) {
  constexpr std::array profiles{Profile::cisco, Profile::juniper, Profile::unix_like};
  return profiles[number];
}

RouterKnobs make_knobs(SegmentMpls mpls, std::uint8_t profile, bool te_silent, bool echo_silent) {
  auto knobs = knobs_of(profile_of(profile));
  knobs.push_ttl = is_uniform(mpls) ? PushTtl::uniform : PushTtl::pipe;
  if (mpls == SegmentMpls::implicit) knobs.rfc4950 = Rfc4950::off;
  if (mpls == SegmentMpls::opaque) knobs.abrupt_end = AbruptEnd::external;
  if (mpls == SegmentMpls::invisible_uhp) knobs.pop_mode = PopMode::explicit_null;
  if (te_silent) knobs.answers_te = Answers::no;
  if (echo_silent) knobs.answers_er = Answers::no;
  return knobs;
}

}  // namespace

ProceduralTopology::ProceduralTopology(const ProceduralOptions& options) : plans_{options} {
  for (std::size_t i = 0; i < router_knobs_.size(); ++i) {
    router_knobs_[i] =
        make_knobs(static_cast<SegmentMpls>(i / 12), static_cast<std::uint8_t>(i / 4 % 3), (i & 2) != 0, (i & 1) != 0);
  }
  host_knobs_ = mute_host_knobs_ = knobs_of(Profile::unix_like);
  mute_host_knobs_.answers_er = mute_host_knobs_.answers_du = mute_host_knobs_.answers_te = Answers::no;
  noise_.loss_ppm = options.loss_ppm;
}

const RouterKnobs& ProceduralTopology::knobs(NodeId id) {
  const auto& plan = plans_.plan(segment_of(id));
  const auto& options = plans_.options();
  const std::size_t silence = (plans_.draw(id, purpose_te, options.te_silent_percent) ? 2U : 0U) |
                              (plans_.draw(id, purpose_echo, options.echo_silent_percent) ? 1U : 0U);
  return router_knobs_[static_cast<std::size_t>(plan.mpls) * 12 + plan.profile * 4U + silence];
}

NodeView ProceduralTopology::node(NodeId id) {
  if (id == vantage_point_node) return {.knobs = &host_knobs_, .kind = NodeKind::vantage_point};
  if (level_of(id) == Level::host) {
    const bool mute = plans_.host_is_mute(id << 8);
    return {.knobs = mute ? &mute_host_knobs_ : &host_knobs_, .kind = NodeKind::host};
  }
  return {.knobs = &knobs(id), .loopback = loopback_address(segment_of(id), stage_of(id), branch_of(id))};
}

Target ProceduralTopology::resolve(std::uint32_t address) {
  if (address == vantage_point_address) return pack({Owner::vantage_point, {}, address});
  const auto block = address >> 24;
  const auto index = static_cast<std::uint16_t>(address >> 8 & 0xffff);
  if (block >= 20 && block <= 23) {
    const bool provider = block == 21 || block == 23;
    SegmentId segment{provider ? Level::provider : Level::transit, index};
    if (!provider && index == access_index) segment = {Level::access, 0};
    const auto& o = plans_.options();
    const bool exists = segment.level == Level::access || index < (provider ? o.providers : o.transits);
    return exists ? pack({block < 22 ? Owner::link : Owner::loopback, segment, address}) : no_target;
  }
  return pack({Owner::host, plans_.provider_of(address), address});
}

NodeId ProceduralTopology::owner(const Place& place) {
  constexpr NodeId none = ~NodeId{0};
  if (place.owner == Owner::vantage_point) return vantage_point_node;
  if (place.owner == Owner::host) return host_node(place.address);
  if (place.owner == Owner::nobody) return none;
  const auto& plan = plans_.plan(place.segment);
  if (place.owner == Owner::loopback) {
    const auto stage = place.last_byte() >> 1, branch = place.last_byte() & 1;
    return stage < plan.stages && branch < plan.width(stage) ? router_node(place.segment, stage, branch) : none;
  }
  const auto link = place.last_byte() >> 2, side = place.last_byte() & 3;
  const auto far = link / 2, branch = link % 2;
  if (far >= plan.stages || (side != near_side && side != far_side)) return none;
  const bool doubled = plan.width(far) == 2 || (far > 0 && plan.width(far - 1) == 2);
  if (branch == 1 && !doubled) return none;
  if (side == far_side) return router_node(place.segment, far, plan.width(far) == 2 ? branch : 0);
  if (far > 0) return router_node(place.segment, far - 1, plan.width(far - 1) == 2 ? branch : 0);
  if (place.segment.level == Level::access) return vantage_point_node;
  const SegmentId parent =
      place.segment.level == Level::provider ? plans_.transit_of(place.segment) : SegmentId{Level::access, 0};
  return router_node(parent, plans_.plan(parent).stages - 1U, 0);
}

bool ProceduralTopology::is_local(const Flight& flight) {
  if (flight.target == no_target) return false;
  return owner(unpack(flight.target)) == flight.node;
}

bool ProceduralTopology::beyond(SegmentId segment, const Place& place) const {
  if (place.owner == Owner::vantage_point || place.segment.level == Level::access) return false;
  if (segment.level == Level::access) return true;
  if (segment.level == Level::provider) return place.owner == Owner::host && place.segment == segment;
  return place.segment.level == Level::provider && plans_.transit_of(place.segment) == segment;
}

bool ProceduralTopology::attached(const SegmentPlan& plan, NodeId node, std::uint32_t link) {
  const auto far = link / 2, branch = link % 2, stage = stage_of(node);
  if (stage != far && stage + 1 != far) return false;
  return branch_of(node) == (plan.width(stage) == 2 ? branch : 0);
}

ProceduralTopology::Goal ProceduralTopology::goal_of_fec(const SegmentPlan& plan, Fec fec) const {
  if (fec < fec_links) return {.stage = fec >> 1, .branch = fec & 1};
  if (fec < fec_abrupt) return {.link = fec - fec_links};
  return {.stage = plan.last_ler, .branch = 0};
}

std::optional<ProceduralTopology::Fec> ProceduralTopology::fec_of(const SegmentPlan& plan, NodeId node,
                                                                  const Place& place, bool beyond) const {
  const auto stage = stage_of(node);
  const auto external = [&](bool forward) -> std::optional<Fec> {
    const std::uint32_t tail = forward ? plan.last_ler : plan.first_ler;
    if (stage == tail) return std::nullopt;
    if (forward && plan.mpls == SegmentMpls::opaque) return fec_abrupt;
    return loopback_fec(tail, 0);
  };
  const bool here = place.segment == segment_of(node) && place.owner != Owner::host;
  if (!here) return external(beyond);
  if (place.owner == Owner::loopback) {
    const auto goal = place.last_byte() >> 1;
    if (plan.in_domain(goal)) return loopback_fec(goal, place.last_byte() & 1);
    return external(goal > plan.last_ler);
  }
  const auto link = place.last_byte() >> 2, far = link / 2;
  const bool inside = far > plan.first_ler && far <= plan.last_ler;
  const bool edge = far == plan.first_ler || far == plan.last_ler + 1U;
  if (!inside && !(edge && plan.edge_links_internal)) return external(far > plan.last_ler);
  return labels_links(plan) ? std::optional<Fec>{fec_links + link} : std::nullopt;
}

bool ProceduralTopology::is_tail(const SegmentPlan& plan, NodeId node, Fec fec) const {
  if (fec < fec_links) return stage_of(node) == fec >> 1 && branch_of(node) == (fec & 1);
  if (fec < fec_abrupt) return attached(plan, node, fec - fec_links);
  return stage_of(node) == plan.last_ler;
}

std::uint32_t ProceduralTopology::label_of(NodeId node, Fec fec) const {
  const auto block = mix64(plans_.options().seed ^ mix64(node ^ purpose_label << 24)) % label_blocks;
  return label_first + static_cast<std::uint32_t>(block) * label_block_size + fec;
}

void ProceduralTopology::set_hop(NextHop& out, NodeId node, std::uint32_t out_address, std::uint32_t in_address) const {
  out = NextHop{};
  out.node = node;
  out.out_address = out_address;
  out.in_address = in_address;
  out.delay = plans_.options().link_delay;
  out.noise = noise_.loss_ppm > 0 ? &noise_ : nullptr;
}

bool ProceduralTopology::step(NodeId from, const Goal& goal, std::uint64_t choice, NextHop& out) {
  const auto segment = segment_of(from);
  const auto& plan = plans_.plan(segment);
  const auto stage = stage_of(from);
  const auto goal_far = goal.link ? *goal.link / 2 : goal.stage;
  const bool up = stage < goal_far;
  if (!up && stage == 0) return false;
  const auto next = up ? stage + 1 : stage - 1;
  if (next >= plan.stages) return false;
  std::uint32_t branch = 0;
  if (plan.width(next) == 2) {
    branch = choice & 1;
    if (goal.branch && goal.stage == next) branch = *goal.branch;
    if (goal.link && (next == goal_far || next + 1 == goal_far)) branch = *goal.link % 2;
  }
  const auto low = std::min(stage, next), high = std::max(stage, next);
  const auto low_branch = up ? branch_of(from) : branch, high_branch = up ? branch : branch_of(from);
  const auto link = 2 * high + (plan.width(high) == 2 ? high_branch : plan.width(low) == 2 ? low_branch : 0);
  set_hop(out, router_node(segment, next, branch), link_address(segment, link, up ? near_side : far_side),
          link_address(segment, link, up ? far_side : near_side));
  return true;
}

bool ProceduralTopology::cross(NodeId from, const Place& place, std::uint32_t link, NextHop& out) {
  const auto peer = owner(place);
  const bool up = stage_of(from) < link / 2;
  const Place other{Owner::link, place.segment, link_address(place.segment, link, up ? far_side : near_side)};
  if (owner(other) != peer) return false;
  set_hop(out, peer, link_address(place.segment, link, up ? near_side : far_side), other.address);
  return true;
}

bool ProceduralTopology::leave_forward(const Flight& flight, const Place& place, NextHop& out) {
  const auto segment = segment_of(flight.node);
  if (segment.level == Level::provider) {
    if (plans_.site_is_cut_off(place.address)) return false;
    constexpr std::uint32_t gateway = 254;
    set_hop(out, host_node(place.address), (place.address & ~0xffU) | gateway, place.address);
    return true;
  }
  SegmentId child = place.segment;
  if (segment.level == Level::access && child.level == Level::provider) child = plans_.transit_of(child);
  set_hop(out, router_node(child, 0, 0), link_address(child, 0, near_side), link_address(child, 0, far_side));
  return true;
}

bool ProceduralTopology::leave_backward(NodeId from, NextHop& out) {
  const auto segment = segment_of(from);
  const auto& plan = plans_.plan(segment);
  const auto stage = stage_of(from);
  const auto passed = stage >= detour_stage ? stage - detour_stage + 1 : 0;
  if (passed < plan.detour) {
    const auto next = detour_stage + passed;
    set_hop(out, router_node(segment, next, 0), link_address(segment, 0, far_side), loopback_address(segment, next, 0));
    return true;
  }
  const auto peer = owner({Owner::link, segment, link_address(segment, 0, near_side)});
  set_hop(out, peer, link_address(segment, 0, far_side), link_address(segment, 0, near_side));
  return true;
}

std::uint64_t ProceduralTopology::choice_of(const Flight& flight) const {
  auto basis = flight.flow_hash;
  for (std::size_t i = 0; i < flight.depth; ++i) basis = mix64(basis ^ flight.stack[i].label);
  return mix64(basis ^ mix64(plans_.options().seed ^ flight.node)) >> 17;
}

bool ProceduralTopology::route(const Flight& flight, NextHop& out) {
  if (flight.target == no_target) return false;
  const auto place = unpack(flight.target);
  const auto from = flight.node;
  if (from == vantage_point_node) {
    const SegmentId access{Level::access, 0};
    set_hop(out, router_node(access, 0, 0), vantage_point_address, link_address(access, 0, far_side));
    return true;
  }
  if (level_of(from) == Level::host) {
    const auto provider = plans_.provider_of(from << 8);
    set_hop(out, router_node(provider, plans_.plan(provider).stages - 1U, 0), from << 8, (from << 8) | 254);
    return true;
  }
  const auto segment = segment_of(from);
  const auto& plan = plans_.plan(segment);
  if (stage_of(from) >= detour_stage) return leave_backward(from, out);
  const bool here = place.segment == segment && (place.owner == Owner::link || place.owner == Owner::loopback);
  const bool beyond = !here && this->beyond(segment, place);
  if (here && place.owner == Owner::link && attached(plan, from, place.last_byte() >> 2)) {
    return cross(from, place, place.last_byte() >> 2, out);
  }
  if (plan.in_domain(stage_of(from))) {
    if (const auto fec = fec_of(plan, from, place, beyond); fec && !is_tail(plan, from, *fec)) {
      if (!step(from, goal_of_fec(plan, *fec), choice_of(flight), out)) return false;
      const bool at_tail = is_tail(plan, out.node, *fec) && *fec != fec_abrupt;
      if (at_tail && plan.mpls != SegmentMpls::invisible_uhp) return true;
      out.push_count = 1;
      out.push[0] = at_tail ? explicit_null : label_of(out.node, *fec);
      out.push_pipe = !is_uniform(plan.mpls);
      return true;
    }
  }
  if (here && place.owner == Owner::link) return step(from, {.link = place.last_byte() >> 2}, choice_of(flight), out);
  if (here) {
    return step(from, {.stage = place.last_byte() >> 1, .branch = place.last_byte() & 1}, choice_of(flight), out);
  }
  if (beyond) {
    const auto last = plan.stages - 1U;
    if (stage_of(from) == last) return leave_forward(flight, place, out);
    return step(from, {.stage = last}, choice_of(flight), out);
  }
  if (stage_of(from) == 0) return leave_backward(from, out);
  return step(from, {.stage = 0}, choice_of(flight), out);
}

bool ProceduralTopology::label(const Flight& flight, LabelAction& out) {
  const auto from = flight.node;
  if (level_of(from) == Level::host || stage_of(from) >= stages_max) return false;
  const auto& plan = plans_.plan(segment_of(from));
  if (!plan.in_domain(stage_of(from))) return false;
  const auto top = flight.top().label;
  if (top == explicit_null) {
    out.op = LabelOp::tail;
    return true;
  }
  const auto base = label_of(from, 0);
  if (top < base || top - base >= fecs_max) return false;
  const Fec fec = top - base;
  if (is_tail(plan, from, fec)) {
    out.op = fec == fec_abrupt ? LabelOp::abrupt : LabelOp::tail;
    return true;
  }
  if (!step(from, goal_of_fec(plan, fec), choice_of(flight), out.next)) return false;
  const bool at_tail = is_tail(plan, out.next.node, fec) && fec != fec_abrupt;
  const bool pops = at_tail && plan.mpls != SegmentMpls::invisible_uhp;
  out.op = pops ? LabelOp::pop_and_forward : LabelOp::swap;
  out.next.out_label = at_tail ? explicit_null : label_of(out.next.node, fec);
  return true;
}

}  // namespace utnt::emu
