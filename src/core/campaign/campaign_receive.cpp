// SPDX-License-Identifier: BSD-2-Clause
// From a received packet to the hop or ping that it answers.
#include <algorithm>

#include "core/campaign/campaign.hpp"
#include "core/probe/probe_packet.hpp"

namespace utnt::core {
namespace {

ReplyFlags flags_of(const ReplyFacts& facts, bool nat, ReplyUse use) {
  using wire::ExtensionNote;
  ReplyFlags flags;
  if (use.late) flags.set(ReplyFlag::late);
  if (use.duplicate) flags.set(ReplyFlag::duplicate);
  if (nat) flags.set(ReplyFlag::nat);
  if (!facts.checksum_ok) flags.set(ReplyFlag::icmp_checksum_bad);
  const auto notes = facts.error.notes;
  if (notes.has(ExtensionNote::checksum_bad)) flags.set(ReplyFlag::extension_checksum_bad);
  if (notes.has(ExtensionNote::at_fixed_offset)) flags.set(ReplyFlag::extension_at_fixed_offset);
  if (notes.has_any(wire::ExtensionNotes{ExtensionNote::malformed} | ExtensionNote::length_bad)) {
    flags.set(ReplyFlag::extension_malformed);
  }
  if (notes.has(ExtensionNote::version_swapped)) flags.set(ReplyFlag::extension_version_swapped);
  return flags;
}

/// Whole objects only, as many as fit.
void copy_extension(Reply& reply, wire::ExtensionObjects objects) {
  constexpr std::size_t object_header_bytes = 4;
  const auto bytes = objects.bytes();
  std::size_t taken = 0;
  while (const auto object = objects.next()) {
    const auto size = object_header_bytes + object->payload.size();
    if (taken + size > reply.extension.size()) {
      reply.flags.set(ReplyFlag::extension_cut);
      break;
    }
    copy_bytes(MutableBytes{reply.extension}.subspan(taken), bytes.subspan(taken, size));
    taken += size;
  }
  reply.extension_bytes = static_cast<std::uint16_t>(taken);
}

/// The labels, or without any the interface that the probe came in by.
void read_objects(HopRecord& record, wire::ExtensionObjects objects) {
  while (const auto object = objects.next()) {
    if (object->object_class == wire::extension_class_interface) {
      const auto info = wire::parse_interface_info(*object);
      const bool names_it = info && info->role == wire::InterfaceRole::incoming && info->address.is_v4();
      if (names_it) record.top_lse = info->address.v4().value();
      continue;
    }
    if (object->object_class != wire::extension_class_mpls || object->c_type != 1) continue;
    const wire::LabelStackView stack{*object};
    if (stack.size() == 0) continue;
    record.labels = static_cast<std::uint8_t>(std::min<std::size_t>(stack.size(), 255));
    record.top_lse = stack[0].word();
    return;
  }
}

}  // namespace

void EngineState::handle_packet(const wire::Received& received, Instant now) {
  now_ = now;
  if (halted_) return;
  ++counters_.packets_received;
  const auto facts = read_reply(received.packet);
  if (!facts) {
    ++counters_.packets_unparsed;
    pump();
    return;
  }
  bool forged = false;
  if (const auto ping = pings_.match(*facts, forged); ping != no_index && facts->checksum_ok) {
    ++counters_.replies;
    ++counters_.pings_answered;
    pings_.take_reply(ping, *facts, received.arrival);
    if (pings_.at(ping).done) {
      ping_finished(ping);
    } else {
      reschedule_ping(ping);
    }
    pump();
    return;
  }
  MatchFailure failure{};
  const auto match = paths_.match(*facts, failure);
  if (failure == MatchFailure::none) {
    receive_path_reply(match, *facts, received.arrival);
  } else if (forged || failure == MatchFailure::forged) {
    ++counters_.packets_forged;
  } else {
    ++counters_.packets_stray;
  }
  pump();
}

void EngineState::receive_path_reply(const PathMatch& match, const ReplyFacts& facts, Instant arrival) {
  ++counters_.replies;
  auto& path = paths_.at(match.path);
  if (match.nat || !facts.checksum_ok) {
    // Kept for the reader of the results, never used as evidence.
    if (match.nat) ++counters_.replies_nat;
    emit_reply(path, match, facts, {}, arrival);
    return;
  }
  HopRecord record;
  record.kind = facts.kind;
  record.te_ttl = facts.ttl;
  record.quoted_ttl = facts.quoted_ttl;
  record.icmp_code = facts.icmp_code;
  read_objects(record, facts.error.objects);
  record.address = addresses_.pin(facts.from);
  if (record.address == no_address) {
    ++counters_.table_full;
    return;
  }
  if (record.is_labelled()) addresses_.at(record.address).shows_labels = true;
  if (match.ttl < near_responder_.size()) near_responder_[match.ttl] = record.address;
  // Fingerprints need not wait for the end of the trace.
  const bool early_ping = config_.rules == RuleSet::utnt && path.request.kind == PathKind::initial && !path.frozen;
  if (early_ping) {
    const auto rtt = arrival - paths_.sent(path, paths_.hop(path, match.ttl), match.attempt);
    look_up_ping(record.address, path.request.requester, rtt);
  }
  const bool was_ended = path.ended;
  const auto use = paths_.take_reply(path, match, record, arrival);
  if (use.late) ++counters_.replies_late;
  if (use.duplicate) ++counters_.replies_duplicate;
  emit_reply(path, match, facts, use, arrival);
  path_progressed(match.path, was_ended);
}

void EngineState::emit_reply(const Path& path, const PathMatch& match, const ReplyFacts& facts, ReplyUse use,
                             Instant arrival) {
  const auto sent = paths_.sent(path, paths_.hop(path, match.ttl), match.attempt);
  auto& reply = emit(Reply{.trace = path.request.requester.trace,
                           .path = path.id,
                           .probe_ttl = match.ttl,
                           .attempt = match.attempt,
                           .kind = facts.kind,
                           .flags = flags_of(facts, match.nat, use),
                           .from = facts.from,
                           .reply_ttl = facts.ttl,
                           .reply_tos = facts.tos,
                           .reply_ip_id = facts.ip_id,
                           .reply_bytes = facts.bytes,
                           .icmp_type = facts.icmp_type,
                           .icmp_code = facts.icmp_code,
                           .quoted_ttl = facts.quoted_ttl,
                           .quoted_tos = facts.quoted_tos,
                           .quoted_bytes = facts.quoted_bytes,
                           .probe_bytes = paris_probe_bytes(config_.attribution),
                           .sent = sent,
                           .rtt = arrival - sent});
  copy_extension(reply, facts.error.objects);
}

void EngineState::path_progressed(std::uint32_t index, bool was_ended) {
  auto& path = paths_.at(index);
  reschedule_path(index);  // may end it: no memory for another hop
  if (path.ended && !was_ended) {
    emit_path_end(path);
    if (path.stop == StopReason::error) ++counters_.table_full;
    wake(path.waiters);
    if (path.request.owner != no_index) ready_.push(memory_.work_next, path.request.owner);
    timers_.cancel(index);
    if (path.request.kind == PathKind::signature) signature_ended(index);
  }
}

void EngineState::ping_finished(std::uint32_t index) {
  auto& task = pings_.at(index);
  auto& entry = addresses_.at(task.address);
  const auto event = pings_.event(index, config_.source, ping_probe_bytes(config_.attribution));
  entry.ping_state = PingState::known;
  entry.er_ttl = event.er_ttl;
  entry.rtt_us =
      event.replies == 0
          ? 0
          : static_cast<std::uint32_t>(std::clamp<std::int64_t>(event.reply[0].rtt.ns() / 1000, 1, 0xffff'ffff));
  entry.ping_slot = no_index;
  entry.ping_expires = now_ + (event.er_ttl != 0 ? config_.ping_lifetime : config_.negative_lifetime);
  charge(task.requester, ProbeUse::ping, task.sent);
  emit(event);
  settle_signature(index);
  wake(task.waiters);
  timers_.cancel(static_cast<std::uint32_t>(memory_.paths.paths.size() + index));
  pings_.close(index);
  wake(ping_slot_waiters_);
}

}  // namespace utnt::core
