// SPDX-License-Identifier: BSD-2-Clause
#include "core/campaign/campaign.hpp"

#include "core/probe/probe_packet.hpp"

namespace utnt::core {
namespace {

constexpr std::size_t events_max = 96;
constexpr std::size_t events_per_step = 16;  ///< most that one step of a work item emits
constexpr int steps_per_pump = 16;
constexpr std::size_t report_hops_max = 256 + trace_tests_max * lsp_hops_max;
constexpr std::size_t prefix_slots = 16'384;
constexpr std::size_t near_slots = 256;
constexpr std::size_t hop_blocks_spare = 2 * path_blocks_max;

std::uint32_t tasks_of(const EngineConfig& config) { return config.traces_max / 32 + 32; }
std::uint32_t paths_of(const EngineConfig& config) { return config.traces_max + tasks_of(config); }
std::uint32_t pings_of(const EngineConfig& config) { return config.traces_max + 128; }
std::uint32_t tests_of(const EngineConfig& config) { return config.traces_max + 8 * trace_tests_max; }
/// 32 hops for each trace, 16 for each revelation.
std::uint32_t blocks_of(const EngineConfig& config) {
  return 4 * config.traces_max + 2 * tasks_of(config) + static_cast<std::uint32_t>(hop_blocks_spare);
}

SipKey key_of(const EngineConfig& config, std::size_t at) {
  return {load_le(config.seed, at, 8), load_le(config.seed, at + 8, 8)};
}

PingRules ping_rules(const EngineConfig& config) {
  const bool tnt = config.rules == RuleSet::tnt;
  return {.pings = config.pings,
          .retries = tnt ? std::uint8_t{0} : std::uint8_t{1},
          .adaptive = !tnt,
          .timeout_max = config.timeout_max};
}

}  // namespace

EngineState::Memory EngineState::carve(Arena& arena, const EngineConfig& config) {
  const auto jobs = config.traces_max;
  const auto tasks = tasks_of(config);
  const auto senders = paths_of(config) + pings_of(config);
  Memory memory;
  memory.addresses = AddressTable::carve(arena, config.addresses_max);
  memory.paths = PathTable::carve(arena, paths_of(config), blocks_of(config));
  memory.pings = PingTable::carve(arena, pings_of(config), config.pings);
  memory.tunnels = TunnelCache::carve(arena, config.tunnels_max);
  memory.jobs = arena.take<TraceJob>(jobs);
  memory.tasks = arena.take<RevealTask>(tasks);
  memory.tests = arena.take<TraceTest>(tests_of(config));
  memory.task_hops = arena.take<HopRecord>(tasks * lsp_hops_max);
  memory.scratch = arena.take<HopRecord>(256);
  memory.original = arena.take<HopRecord>(256);
  memory.report = arena.take<HopRecord>(report_hops_max);
  memory.events = arena.take<Event>(events_max);
  memory.prefix_buckets = arena.take<PaceBucket>(prefix_slots);
  memory.near_buckets = arena.take<PaceBucket>(near_slots);
  memory.timer_nodes = arena.take<TimerHeap::Node>(senders);
  memory.timer_positions = arena.take<std::uint32_t>(senders);
  memory.free_jobs = arena.take<std::uint32_t>(jobs);
  memory.free_tasks = arena.take<std::uint32_t>(tasks);
  memory.free_tests = arena.take<std::uint32_t>(tests_of(config));
  memory.work_next = arena.take<std::uint32_t>(jobs + tasks);
  memory.send_next = arena.take<std::uint32_t>(senders);
  memory.send_queued = arena.take<bool>(senders);
  return memory;
}

EngineState::EngineState(const Memory& memory, const EngineConfig& config)
    : config_{config},
      memory_{memory},
      key_{key_of(config, 0)},
      addresses_{memory.addresses, key_of(config, 16)},
      paths_{memory.paths, addresses_, path_rules(config), config.rules, key_},
      pings_{memory.pings, addresses_, ping_rules(config), key_},
      tunnels_{memory.tunnels, addresses_, key_of(config, 16)},
      free_jobs_{memory.free_jobs},
      free_tasks_{memory.free_tasks},
      free_tests_{memory.free_tests},
      timers_{memory.timer_nodes, memory.timer_positions},
      rate_limit_{PaceLimit::of(config.rate_pps_max, config.burst_packets_max)},
      prefix_pace_{memory.prefix_buckets, PaceLimit::of(config.prefix_pps_max, config.prefix_burst)},
      near_pace_{memory.near_buckets, PaceLimit::of(config.near_pps_max, config.near_pps_max)} {}

bool EngineState::can_start() const {
  // A quarter of the pings is kept for the hops of traces that run already.
  const bool pings_left = pings_.available() > memory_.pings.tasks.size() / 4;
  return !halted_ && free_jobs_.available() > 0 && paths_.free_paths() > 0 && paths_.free_blocks() > hop_blocks_spare &&
         pings_left && events_free() > events_per_step;
}

Result<TraceId> EngineState::start(const TraceRequest& request, Instant now) {
  now_ = now;
  if (!request.destination.is_v4()) return Fail{Error::unsupported};
  if (!can_start()) return Fail{Error::no_room};
  const auto destination = addresses_.pin(request.destination);
  if (destination == no_address) return Fail{Error::no_room};
  const auto index = free_jobs_.take();
  auto& job = memory_.jobs[index];
  job = TraceJob{};
  job.started = now;
  job.id = TraceId{++traces_started_};
  job.destination = destination;
  job.user_id = request.user_id != 0 ? request.user_id : traces_started_;
  job.stage = TraceJob::Stage::tracing;
  ++jobs_open_;
  ++counters_.traces_started;
  // The reply to this ping tells how far the destination is, so that few probes overshoot it.
  if (config_.rules == RuleSet::utnt) look_up_ping(destination, requester_of(index), {});
  ready_.push(memory_.work_next, index);
  return job.id;
}

bool EngineState::blocked(const wire::IpAddress& address) const {
  return config_.blocked != nullptr && config_.blocked(config_.blocked_context, address);
}

void EngineState::charge(const Requester& requester, ProbeUse use, std::uint32_t probes) {
  counters_.probes_by_use[static_cast<std::size_t>(use)] += probes;
  auto& job = memory_.jobs[requester.job];
  if (job.stage != TraceJob::Stage::free && job.id == requester.trace)
    job.probes[static_cast<std::size_t>(use)] += probes;
}

void EngineState::pump() {
  if (halted_) halt_some();
  for (int step = 0; step < steps_per_pump && !ready_.empty() && events_free() >= events_per_step; ++step) {
    const auto work = ready_.pop(memory_.work_next);
    if (work < config_.traces_max) {
      step_job(work);
    } else {
      step_task(work - config_.traces_max);
    }
  }
}

const Event* EngineState::poll_event() {
  for (;;) {
    if (event_count_ > 0) {
      const auto& event = memory_.events[event_head_];
      if (++event_head_ == memory_.events.size()) event_head_ = 0;
      --event_count_;
      return &event;
    }
    if (report_job_ != no_index) return next_report_event();
    if (!reports_.empty()) {
      begin_report(reports_.pop(memory_.work_next));
      continue;
    }
    if (ready_.empty() && !(halted_ && jobs_open_ > 0)) return nullptr;
    pump();
  }
}

std::optional<Instant> EngineState::next_timeout() const {
  if (event_count_ > 0 || !ready_.empty() || !reports_.empty()) return now_;
  auto earliest = timers_.earliest();
  if (!send_queue_.empty()) {
    const auto allowed = rate_.allowed_at(rate_limit_);
    if (!earliest || allowed < *earliest) earliest = allowed;
  }
  // A trace that waits for nothing would wait forever.
  UTNT_ASSERT(earliest.has_value() || jobs_open_ == 0);
  return earliest;
}

void EngineState::handle_timeout(Instant now) {
  now_ = now;
  if (halted_) return;
  constexpr int expiries_per_call = 64;
  for (int i = 0; i < expiries_per_call && events_free() >= events_per_step; ++i) {
    const auto sender = timers_.pop_due(now);
    if (!sender) break;
    if (*sender < memory_.paths.paths.size()) {
      auto& path = paths_.at(*sender);
      const bool was_ended = path.ended;
      paths_.expire(path, now);
      path_progressed(*sender, was_ended);
      if (const auto deadline = path.ended ? std::nullopt : paths_.deadline(path)) {
        timers_.set_no_later(*sender, *deadline);
      }
    } else {
      const auto ping = static_cast<std::uint32_t>(*sender - memory_.paths.paths.size());
      pings_.expire(pings_.at(ping), now);
      if (pings_.at(ping).done) {
        ping_finished(ping);
      } else {
        reschedule_ping(ping);
        ask_by_udp(ping);
      }
    }
  }
  pump();
}

EngineState::PingLookup EngineState::look_up_ping(AddressRef address, const Requester& requester, Duration rtt) {
  auto& entry = addresses_.at(address);
  if (entry.reserved || blocked(entry.address)) return {.known = true};
  const bool expires = config_.rules == RuleSet::utnt;
  if (entry.ping_state == PingState::known && !(expires && entry.ping_expires <= now_)) {
    return {.known = true, .er_ttl = entry.er_ttl};
  }
  if (entry.ping_state == PingState::running) return {.waiters = &pings_.at(entry.ping_slot).waiters};
  if (entry.ping_state == PingState::asking_udp) return {.waiters = &paths_.at(entry.ping_slot).waiters};
  const auto task = pings_.open(address, requester, rtt, now_);
  if (task == no_index) return {.waiters = &ping_slot_waiters_};
  entry.ping_state = PingState::running;
  entry.ping_slot = task;
  reschedule_ping(task);
  return {.waiters = &pings_.at(task).waiters};
}

std::uint32_t EngineState::open_path(const PathRequest& request, std::uint32_t work) {
  const auto [index, rival] = paths_.open(request, PathId{paths_started_ + 1}, now_);
  if (index != no_index) {
    start_path(index);
  } else {
    wait_in(rival != no_index ? paths_.at(rival).waiters : path_slot_waiters_, work);
  }
  return index;
}

// no_index when it cannot begin at once.
std::uint32_t EngineState::open_path_now(const PathRequest& request) {
  const auto index = paths_.open(request, PathId{paths_started_ + 1}, now_).path;
  if (index != no_index) start_path(index);
  return index;
}

void EngineState::start_path(std::uint32_t index) {
  ++paths_started_;
  const auto& request = paths_.at(index).request;
  const auto& path = paths_.at(index);
  const auto& rules = path_rules(config_);
  emit(PathStart{.trace = request.requester.trace,
                 .path = path.id,
                 .kind = request.kind,
                 .method = request.method,
                 .source = config_.source,
                 .destination = addresses_.address(request.destination),
                 .user_id = request.requester.user_id,
                 .flow = request.flow,
                 .source_port = path.flow.id,
                 .destination_port = path.flow.constant,
                 .first_ttl = request.first_ttl,
                 .attempts_max = rules.attempts_when_lossy,
                 .gap_limit = rules.gap_limit,
                 .wait_ms = static_cast<std::uint16_t>(rules.timeout_max.ns() / 1'000'000),
                 .probe_bytes = paris_probe_bytes(config_.attribution),
                 .tunnel = request.tunnel,
                 .step = request.step,
                 .at = now_});
  path_progressed(index, false);
}

void EngineState::emit_path_end(const Path& path) {
  emit(PathEnd{.trace = path.request.requester.trace,
               .path = path.id,
               .stop = path.stop,
               .stop_data = path.stop_data,
               .last_ttl = path.last_ttl,
               .probes_sent = path.probes_sent,
               .at = now_});
}

void EngineState::halt(Instant now) {
  now_ = now;
  halted_ = true;
  halt_cursor_ = 0;
}

// Ends the running paths and sends every job to its report, as far as the event queue has room.
void EngineState::halt_some() {
  const auto paths = static_cast<std::uint32_t>(memory_.paths.paths.size());
  for (; halt_cursor_ < paths && events_free() >= events_per_step; ++halt_cursor_) {
    auto& path = paths_.at(halt_cursor_);
    if (!path.is_open || path.ended) continue;
    paths_.halt(path);
    timers_.cancel(halt_cursor_);
    emit_path_end(path);
  }
  if (halt_cursor_ < paths) return;
  for (auto& job : memory_.jobs) {
    if (job.stage == TraceJob::Stage::free || job.stage == TraceJob::Stage::reporting) continue;
    job.halted = true;
    job.stage = TraceJob::Stage::reporting;
    reports_.push(memory_.work_next, static_cast<std::uint32_t>(&job - memory_.jobs.data()));
  }
  ready_ = {};
}

bool EngineState::idle() const { return jobs_open_ == 0 && event_count_ == 0 && report_job_ == no_index; }

}  // namespace utnt::core
