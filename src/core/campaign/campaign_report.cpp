// SPDX-License-Identifier: BSD-2-Clause
// The end of one trace: the final hop list with the revealed LSRs in it, hop by hop, then its tunnels, then trace_end.
// One trace is reported at a time, an event a call, so that the event queue stays small.
#include <algorithm>

#include "core/campaign/campaign.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/signals.hpp"
#include "core/reveal/tnt_uturn_pass.hpp"
#include "core/reveal/utnt_candidates.hpp"

namespace utnt::core {
namespace {

constexpr std::int16_t narrow(int value) { return static_cast<std::int16_t>(std::clamp(value, -32768, 32767)); }

int opaque_estimate(const HopRecord& hop) { return hop.mttl() >= 2 ? 255 - hop.mttl() : 0; }

/// What speaks for a tunnel, read off its hops.
Evidences evidence_of(std::span<const HopRecord> hops) {
  Evidences evidence;
  for (const auto& hop : hops) {
    if (hop.is_labelled()) evidence.set(Evidence::label_stack);
    if (hop.marks.has(Mark::implicit_qttl)) evidence.set(Evidence::quoted_ttl);
    if (hop.marks.has(Mark::implicit_uturn)) evidence.set(Evidence::uturn);
    if (hop.discoveries.has(Discovery::mttl)) evidence.set(Evidence::mpls_ttl);
    if (hop.discoveries.has(Discovery::rtla)) evidence.set(Evidence::rtla);
    if (hop.discoveries.has(Discovery::frpla)) evidence.set(Evidence::frpla);
    if (hop.discoveries.has(Discovery::dupip)) evidence.set(Evidence::duplicate_address);
    if (hop.discoveries.has(Discovery::revealed)) evidence.set(Evidence::revealed);
    if (hop.discoveries.has(Discovery::buddy) && !hop.discoveries.has(Discovery::dpr)) evidence.set(Evidence::buddy);
  }
  return evidence;
}

Attempts failure_of(const Revelation& revelation) {
  Attempts attempts = attempt_of(revelation.trigger);
  switch (revelation.last) {
    case Outcome::revealed:
      break;
    case Outcome::nothing_revealed:
      attempts.set(Attempt::nothing_revealed);
      break;
    case Outcome::ingress_not_found:
      attempts.set(Attempt::ingress_not_found);
      break;
    case Outcome::target_not_reached:
      attempts.set(Attempt::target_not_reached);
      break;
  }
  if (revelation.on_buddy) attempts.set(Attempt::buddy);
  return attempts;
}

Confidence confidence_of(Evidences evidence) {
  if (evidence.has_any(Evidences{Evidence::label_stack} | Evidence::revealed)) return Confidence::high;
  return Confidence::medium;
}

}  // namespace

void EngineState::begin_report(std::uint32_t index) {
  auto& job = memory_.jobs[index];
  report_job_ = index;
  report_list_ = HopList{memory_.report, 0};
  report_verdicts_ = report_cursor_ = 0;
  report_tunnels_ = 0;
  if (job.path == no_index) return;
  const auto hops = load_path(paths_.at(job.path), memory_.scratch);
  std::copy(hops.begin(), hops.end(), memory_.report.begin());
  report_list_.count = hops.size();
  std::array<HopRecord, lsp_hops_max> lsrs{};
  for (auto slot = job.tests; slot != no_index; slot = memory_.tests[slot].next) {
    const auto entry_index = memory_.tests[slot].entry;
    if (entry_index == no_index) continue;
    const auto& entry = tunnels_.at(entry_index);
    if (!entry.known || entry.result.lsp_count == 0) continue;
    const auto inserted = insert_lsp(report_list_, entry.result, tunnels_.load(entry_index, lsrs));
    if (inserted.outcome == InsertOutcome::no_room) ++counters_.table_full;
  }
  if (config_.rules == RuleSet::tnt) tnt_uturn_pass(report_list_.hops());
  report_suspect_ = config_.rules == RuleSet::utnt ? job.tests : no_index;
}

const Event* EngineState::next_report_event() {
  const auto& job = memory_.jobs[report_job_];
  if (report_verdicts_ < report_list_.count) {
    report_event_.emplace<Verdict>(make_verdict(job, report_verdicts_++));
    return &report_event_;
  }
  if (const auto tunnel = next_tunnel_event(job)) {
    ++report_tunnels_;
    ++counters_.tunnels_found;
    report_event_.emplace<Tunnel>(*tunnel);
    return &report_event_;
  }
  if (const auto suspect = next_suspect_event(job)) {
    ++report_tunnels_;
    report_event_.emplace<Tunnel>(*suspect);
    return &report_event_;
  }
  auto& end = report_event_.emplace<TraceEnd>(TraceEnd{.trace = job.id,
                                                       .destination = addresses_.address(job.destination),
                                                       .user_id = job.user_id,
                                                       .hops = static_cast<std::uint16_t>(report_list_.count),
                                                       .tunnels = report_tunnels_,
                                                       .probes = job.probes,
                                                       .start = job.started,
                                                       .at = now_});
  if (job.path != no_index) {
    const auto& path = paths_.at(job.path);
    end.path = path.id;
    end.stop = path.stop;
    end.stop_data = path.stop_data;
  }
  // Its path may be complete, but not its fingerprints and revelations.
  if (job.halted) {
    end.stop = StopReason::halted;
    end.stop_data = 0;
  }
  end_report();
  return &report_event_;
}

void EngineState::end_report() {
  auto& job = memory_.jobs[report_job_];
  drop_tests(job);
  if (job.path != no_index) {
    paths_.close(job.path);
    wake(path_slot_waiters_);
  }
  addresses_.unpin(job.destination);
  job.stage = TraceJob::Stage::free;
  free_jobs_.give(report_job_);
  report_job_ = no_index;
  --jobs_open_;
  ++counters_.traces_ended;
  // Between campaigns nothing is taken but by pings that nobody waits for: what were lost here would be missed later.
  UTNT_ASSERT(halted_ || jobs_open_ > 0 || paths_.free_paths() + signatures_open_ == memory_.paths.paths.size());
  UTNT_ASSERT(halted_ || jobs_open_ > 0 || free_tests_.available() == memory_.tests.size());
}

Verdict EngineState::make_verdict(const TraceJob& job, std::size_t index) const {
  const auto& hop = report_list_.storage[index];
  return {.trace = job.id,
          .index = static_cast<std::uint16_t>(index),
          .probe_ttl = hop.probe_ttl,
          .address = addresses_.address(hop.address),
          .kind = hop.kind,
          .reserved = hop.reserved,
          .marks = hop.marks,
          .discoveries = hop.discoveries,
          .attempts = hop.attempts,
          .step = hop.step,
          .te_ttl = hop.te_ttl,
          .er_ttl = hop.er_ttl,
          .unreachable_ttl = hop.unreachable_ttl,
          .quoted_ttl = hop.quoted_ttl,
          .labels = hop.labels,
          .top_lse = hop.labels == 0 ? 0U : hop.top_lse,
          .icmp_code = hop.icmp_code,
          .rtt = hop.rtt(),
          .frpla = narrow(frpla(hop)),
          .rtla = narrow(rtla(hop)),
          .uturn = narrow(uturn(hop)),
          .egress_ambiguous = hop.egress_ambiguous};
}

std::optional<Tunnel> EngineState::next_tunnel_event(const TraceJob& job) {
  const auto hops = report_list_.hops();
  const auto run = next_tunnel(hops, report_cursor_);
  if (!run) return std::nullopt;
  const auto& egress = hops[run->last_index];
  const auto evidence = evidence_of(hops.subspan(run->first_index, run->last_index - run->first_index + 1U));
  Tunnel tunnel{.trace = job.id,
                .tunnel_class = run->tunnel_class,
                .trigger = run->trigger,
                .ingress = addresses_.address(run->ingress),
                .egress = addresses_.address(run->egress),
                .first_index = run->first_index,
                .last_index = run->last_index,
                .evidence = evidence,
                .rtla = narrow(rtla(egress)),
                .frpla = narrow(frpla(egress)),
                .mttl = egress.mttl(),
                .samples = 1,
                .steps = run->steps,
                .revealed_lsrs = run->lsrs,
                .completeness = run->completeness,
                .confidence = confidence_of(evidence)};
  const auto estimate = opaque_estimate(egress) > 0 ? opaque_estimate(egress)
                        : rtla(egress) > 0          ? rtla(egress)
                                                    : std::max(frpla(egress), 0);
  if (run->revealed_lsrs > 0 || run->tunnel_class == TunnelClass::opaque) {
    tunnel.estimated_lsrs = static_cast<std::uint8_t>(std::min(estimate, 255));
  }
  if (run->revealed_lsrs > 0) name_tunnel(tunnel, job, *run);
  return tunnel;
}

// Evidence that stands although nothing was revealed, at most once a test.
std::optional<Tunnel> EngineState::next_suspect_event(const TraceJob& job) {
  const auto hops = report_list_.hops();
  while (report_suspect_ != no_index) {
    const auto& suspect = memory_.tests[report_suspect_];
    report_suspect_ = suspect.next;
    // An opaque tunnel is in the list already: its egress shows the label.
    if (suspect.entry == no_index || suspect.test.trigger == Trigger::mttl || !is_suspected_tunnel(suspect.test))
      continue;
    const auto& entry = tunnels_.at(suspect.entry);
    if (!entry.known || entry.refuted || entry.result.lsp_count > 0) continue;
    Tunnel tunnel{
        .trace = job.id,
        .id = entry.id,
        .tunnel_class =
            suspect.test.trigger == Trigger::dupip ? TunnelClass::invisible_uhp : TunnelClass::invisible_php,
        .trigger = suspect.test.trigger,
        .reused = suspect.reused,
        .ingress = suspect.test.ingress_is_silent ? wire::IpAddress{} : addresses_.address(suspect.test.start),
        .egress = addresses_.address(suspect.test.next),
        .evidence = suspect.test.evidence,
        .rtla = suspect.test.rtla,
        .frpla = suspect.test.frpla,
        .mttl = suspect.test.mttl,
        .samples = 1,
        .estimated_lsrs = suspect.test.estimated_lsrs,
        .completeness = Completeness::suspected,
        .confidence = Confidence::low,
        .stop = failure_of(entry.result)};
    for (std::size_t i = 0; i < hops.size(); ++i) {
      if (hops[i].address == suspect.test.start) {
        tunnel.first_index = static_cast<std::uint16_t>(i + (suspect.test.ingress_is_silent ? 1 : 0));
      }
      if (hops[i].address == suspect.test.next) tunnel.last_index = static_cast<std::uint16_t>(i);
    }
    return tunnel;
  }
  return std::nullopt;
}

// Which revelation brought the LSRs of this run.
void EngineState::name_tunnel(Tunnel& tunnel, const TraceJob& job, const TunnelRun& run) {
  for (auto slot = job.tests; slot != no_index; slot = memory_.tests[slot].next) {
    const auto& test = memory_.tests[slot];
    if (test.entry == no_index) continue;
    const auto& entry = tunnels_.at(test.entry);
    const bool here = entry.result.ingress_is_silent ? run.ingress == no_address : run.ingress == entry.start;
    if (!entry.known || !here) continue;
    tunnel.id = entry.id;
    tunnel.reused = test.reused;
    tunnel.flow = entry.flow;
    tunnel.samples = entry.samples;
  }
}

}  // namespace utnt::core
