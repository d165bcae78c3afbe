// SPDX-License-Identifier: BSD-2-Clause
// A router that is mute to echo may still send port unreachables, whose TTL tells the length of the direct way back as
// well. One UDP probe asks for it, beside the second echo request, so that it costs no time.
// Source: the TNT specification, section 11 #16.
#include "core/campaign/campaign.hpp"
#include "core/probe/probe_packet.hpp"

namespace utnt::core {

// The first echo request of `ping` got no answer.
void EngineState::ask_by_udp(std::uint32_t index) {
  auto& ping = pings_.at(index);
  if (config_.rules != RuleSet::utnt || ping.replies > 0 || ping.signature != no_index) return;
  // Labels tell more than a second signature could, and the destination is no router.
  const auto& job = memory_.jobs[ping.requester.job];
  const bool is_destination = job.id == ping.requester.trace && job.destination == ping.address;
  if (is_destination || addresses_.at(ping.address).shows_labels) return;
  ping.signature = open_path_now({.kind = PathKind::signature,
                                  .method = Method::udp_paris,
                                  .destination = ping.address,
                                  .requester = ping.requester,
                                  .flow = config_.flow,
                                  .first_ttl = ping_ttl,
                                  .max_ttl = ping_ttl,
                                  .begin_ttl = ping_ttl,
                                  .known_silent = 1});
  if (ping.signature == no_index) return;
  ++signatures_open_;
  paths_.expect(paths_.at(ping.signature), ping_ttl, ping.timeout);
}

// The ping is over: without an echo reply, who waits for the fingerprint waits for the second signature too.
void EngineState::settle_signature(std::uint32_t index) {
  auto& ping = pings_.at(index);
  if (ping.signature == no_index) return;
  auto& entry = addresses_.at(ping.address);
  auto& path = paths_.at(ping.signature);
  if (entry.er_ttl != 0) {
    --signatures_open_;
    abandon_path(ping.signature, ping.requester);
  } else if (path.ended) {
    read_signature(ping.signature);
  } else {
    entry.ping_state = PingState::asking_udp;
    entry.ping_slot = ping.signature;
    path.waiters.append(memory_.work_next, ping.waiters);
  }
}

void EngineState::signature_ended(std::uint32_t index) {
  const auto& entry = addresses_.at(paths_.at(index).request.destination);
  if (entry.ping_state == PingState::asking_udp && entry.ping_slot == index) read_signature(index);
}

void EngineState::read_signature(std::uint32_t index) {
  const auto& path = paths_.at(index);
  auto& entry = addresses_.at(path.request.destination);
  entry.ping_state = PingState::known;
  entry.ping_slot = no_index;
  if (path.stop == StopReason::completed) {
    const auto& answer = paths_.hop(path, ping_ttl).record;
    const bool own = answer.kind == ReplyKind::port_unreachable && answer.address == path.request.destination;
    if (own) entry.unreachable_ttl = answer.te_ttl;
  }
  charge(path.request.requester, ProbeUse::ping, path.probes_sent);
  paths_.close(index);
  --signatures_open_;
  wake(path_slot_waiters_);
}

}  // namespace utnt::core
