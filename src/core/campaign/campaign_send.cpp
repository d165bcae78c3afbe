// SPDX-License-Identifier: BSD-2-Clause
// What leaves the engine, and when: the round of senders, the global rate and the ceilings.
#include <algorithm>

#include "core/campaign/campaign.hpp"
#include "core/probe/probe_packet.hpp"
#include "core/reveal/signals.hpp"

namespace utnt::core {
namespace {

constexpr std::uint8_t near_ttl_max = 3;

std::uint64_t prefix_key(const wire::IpAddress& address) {
  const auto octets = address.octets();
  const std::size_t kept = address.is_v4() ? 3 : 6;
  std::uint64_t key = address.is_v4() ? 4 : 6;
  for (std::size_t i = 0; i < kept && i < octets.size(); ++i) key = key << 8 | octets[i];
  return key * 0x9e3779b97f4a7c15U >> 20;
}

std::uint64_t near_key(AddressRef responder, std::uint8_t ttl) {
  return (std::uint64_t{responder.value()} << 2 | ttl) * 0x9e3779b97f4a7c15U >> 20;
}

}  // namespace

void EngineState::enqueue_sender(std::uint32_t sender) {
  if (memory_.send_queued[sender]) return;
  memory_.send_queued[sender] = true;
  send_queue_.push(memory_.send_next, sender);
}

void EngineState::reschedule_path(std::uint32_t index) {
  auto& path = paths_.at(index);
  if (config_.rules == RuleSet::utnt && path.expected_ttl == 0) {
    const auto& entry = addresses_.at(path.request.destination);
    // A destination that does not answer echo requests will hardly be overshot.
    if (entry.ping_state == PingState::known) {
      const auto distance =
          entry.er_ttl == 0 ? std::uint8_t{255} : static_cast<std::uint8_t>(path_length(entry.er_ttl));
      paths_.expect(path, distance, Duration{std::int64_t{entry.rtt_us} * 1000});
    }
  }
  if (paths_.has_probe(path)) enqueue_sender(index);
}

void EngineState::reschedule_ping(std::uint32_t index) {
  const auto sender = static_cast<std::uint32_t>(memory_.paths.paths.size() + index);
  const auto& task = pings_.at(index);
  if (pings_.has_probe(task)) enqueue_sender(sender);
  if (task.waiting) {
    timers_.set(sender, task.deadline);
  } else {
    timers_.cancel(sender);
  }
}

Instant EngineState::path_allowed_at(const Path& path) const {
  Instant allowed{};
  if (!prefix_pace_.unlimited()) {
    allowed = prefix_pace_.allowed_at(prefix_key(addresses_.at(path.request.destination).address));
  }
  if (!near_pace_.unlimited() && path.next_ttl <= near_ttl_max && path.retries_due == 0) {
    const auto ttl = static_cast<std::uint8_t>(path.next_ttl);
    allowed = std::max(allowed, near_pace_.allowed_at(near_key(near_responder_[ttl], ttl)));
  }
  return allowed;
}

std::optional<wire::Packet> EngineState::transmit_path(std::uint32_t index, wire::PacketBuffer out, Instant now) {
  auto& path = paths_.at(index);
  const bool was_ended = path.ended;
  if (!path.is_open || !paths_.has_probe(path)) {
    if (path.is_open) path_progressed(index, was_ended);
    return std::nullopt;
  }
  if (const auto allowed = path_allowed_at(path); allowed > now) {
    ++counters_.ceiling_delays;
    timers_.set_no_later(index, allowed);
    return std::nullopt;
  }
  const auto probe = paths_.next_probe(path, now);
  // An answer does not take the timer back: it goes off early then, and is set to what is still awaited.
  timers_.set_no_later(index, probe.deadline);
  const auto& destination = addresses_.at(path.request.destination).address;
  if (!prefix_pace_.unlimited()) prefix_pace_.take(prefix_key(destination), now);
  if (!near_pace_.unlimited() && probe.ttl <= near_ttl_max)
    near_pace_.take(near_key(near_responder_[probe.ttl], probe.ttl), now);
  if (probe.attempt > 0) ++counters_.retries;
  const auto packet = build_probe(out, {.source = config_.source,
                                        .destination = destination,
                                        .flow = path.flow,
                                        .ttl = probe.ttl,
                                        .token = probe.token,
                                        .attribution = config_.attribution});
  reschedule_path(index);
  return packet;
}

wire::Packet EngineState::transmit_ping(std::uint32_t index, wire::PacketBuffer out, Instant now) {
  auto& task = pings_.at(index);
  const auto sequence = pings_.next_probe(task, now);
  ++counters_.pings_sent;
  const auto packet = build_ping(out, {.source = config_.source,
                                       .destination = addresses_.address(task.address),
                                       .ip_id = static_cast<std::uint16_t>(++ping_ip_id_),
                                       .identifier = task.identifier,
                                       .sequence = sequence,
                                       .tag = task.tag,
                                       .attribution = config_.attribution});
  reschedule_ping(index);
  return packet;
}

std::optional<wire::Packet> EngineState::poll_transmit(wire::PacketBuffer out, Instant now) {
  now_ = now;
  if (halted_) return std::nullopt;
  pump();
  while (!send_queue_.empty() && rate_.allowed_at(rate_limit_) <= now && events_free() >= 2) {
    const auto sender = send_queue_.pop(memory_.send_next);
    memory_.send_queued[sender] = false;
    const auto paths = static_cast<std::uint32_t>(memory_.paths.paths.size());
    std::optional<wire::Packet> packet;
    if (sender < paths) {
      packet = transmit_path(sender, out, now);
    } else if (pings_.has_probe(pings_.at(sender - paths))) {
      packet = transmit_ping(sender - paths, out, now);
    }
    if (!packet) continue;
    rate_.take(rate_limit_, now);
    ++counters_.probes_sent;
    return packet;
  }
  return std::nullopt;
}

}  // namespace utnt::core
