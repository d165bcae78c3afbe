// SPDX-License-Identifier: BSD-2-Clause
// The engine's inside: all traces, pings and revelations of a run, and who waits for whom.
// A *work item* is a trace job or a revelation task. It is idle while its own path runs, or it stands in exactly one
// queue: ready, or waiting for a ping, a tunnel, a rival path or a free slot. pump() steps ready items, a few per call.
// A *sender* is a path or a ping; the send queue goes round all that have a probe to send.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/timer_heap.hpp"
#include "core/campaign/trace_job.hpp"
#include "core/campaign/tunnel_cache.hpp"
#include "core/engine.hpp"
#include "core/probe/pacer.hpp"
#include "core/probe/path_table.hpp"
#include "core/probe/ping_table.hpp"
#include "core/reveal/insert.hpp"
#include "core/reveal/path_agreement.hpp"
#include "core/reveal/tunnels.hpp"

namespace utnt::core {

class EngineState {
 public:
  struct Memory {
    AddressTable::Memory addresses;
    PathTable::Memory paths;
    PingTable::Memory pings;
    TunnelCache::Memory tunnels;
    std::span<TraceJob> jobs;
    std::span<RevealTask> tasks;
    std::span<TraceTest> tests;
    std::span<HopRecord> task_hops;  ///< lsp_hops_max per task
    std::span<HopRecord> scratch;    ///< a path being classified
    std::span<HopRecord> original;   ///< the trace that a revelation is compared with
    std::span<HopRecord> report;     ///< the final list being reported
    std::span<Event> events;
    std::span<PaceBucket> prefix_buckets, near_buckets;
    std::span<TimerHeap::Node> timer_nodes;
    std::span<std::uint32_t> timer_positions, free_jobs, free_tasks, free_tests, work_next, send_next;
    std::span<bool> send_queued;
  };
  static Memory carve(Arena& arena, const EngineConfig& config);

  EngineState(const Memory& memory, const EngineConfig& config);

  [[nodiscard]] bool can_start() const;
  Result<TraceId> start(const TraceRequest& request, Instant now);
  void handle_packet(const wire::Received& received, Instant now);
  void handle_timeout(Instant now);
  std::optional<wire::Packet> poll_transmit(wire::PacketBuffer out, Instant now);
  const Event* poll_event();
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void halt(Instant now);
  [[nodiscard]] bool idle() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct PingLookup {
    bool known{false};
    std::uint8_t er_ttl{0};
    IndexQueue* waiters{nullptr};  ///< not known: where to wait for it
  };

  // campaign_send.cpp
  void reschedule_path(std::uint32_t path);
  void reschedule_ping(std::uint32_t ping);
  void enqueue_sender(std::uint32_t sender);
  [[nodiscard]] Instant path_allowed_at(const Path& path) const;
  std::optional<wire::Packet> transmit_path(std::uint32_t path, wire::PacketBuffer out, Instant now);
  wire::Packet transmit_ping(std::uint32_t ping, wire::PacketBuffer out, Instant now);

  // campaign_receive.cpp
  void receive_path_reply(const PathMatch& match, const ReplyFacts& facts, Instant arrival);
  void emit_reply(const Path& path, const PathMatch& match, const ReplyFacts& facts, ReplyUse use, Instant arrival);
  void path_progressed(std::uint32_t path, bool was_ended);
  void ping_finished(std::uint32_t ping);

  // campaign_signature.cpp: the second signature of addresses that are mute to echo
  void ask_by_udp(std::uint32_t ping);
  void settle_signature(std::uint32_t ping);
  void signature_ended(std::uint32_t path);
  void read_signature(std::uint32_t path);

  // campaign_trace.cpp: trace jobs
  void step_job(std::uint32_t job);
  void classify_job(std::uint32_t job);
  void reveal_first(std::uint32_t job);
  void reveal_all(std::uint32_t job);
  enum class Rival : std::uint8_t { none, undecided, revealed };
  [[nodiscard]] Rival rival_test(const TraceJob& job, std::uint32_t slot);
  [[nodiscard]] std::uint32_t silent_ttls(const Path& path, std::uint8_t first, std::uint8_t end) const;
  std::uint32_t add_test(TraceJob& job, const RevelationTest& test);
  void drop_tests(TraceJob& job);
  bool attach_test(std::uint32_t job, TraceTest& pending);
  [[nodiscard]] HopRecord& hop_of(const TraceJob& job, std::size_t index);
  void finish_job(std::uint32_t job);
  std::span<HopRecord> load_path(const Path& path, std::span<HopRecord> into);
  void store_marks(Path& path, std::span<const HopRecord> hops);
  [[nodiscard]] std::optional<RevelationTest> next_test(std::span<const HopRecord> hops, std::size_t& cursor) const;
  bool fingerprint(std::uint32_t work, std::span<const HopRecord> hops, const Requester& requester,
                   std::uint16_t& settled);

  // campaign_reveal.cpp: revelation tasks
  void step_task(std::uint32_t task);
  void confirm(std::uint32_t task);
  void launch_path(std::uint32_t task);
  void judge_path(std::uint32_t task);
  void follow(std::uint32_t task, const Step& step);
  void resolve_buddy(std::uint32_t task);
  void finish_task(std::uint32_t task);
  void close_task_path(RevealTask& task);
  void trace_again(std::uint32_t task);
  struct Assessment {
    Evaluation evaluation;
    Agreement agreement;
  };
  [[nodiscard]] PathRequest revelation_request(std::uint32_t task, bool to_buddy) const;
  [[nodiscard]] std::uint8_t distance_to_target(const RevealTask& task) const;
  void expect_target(const RevealTask& task, std::uint32_t path);
  void open_ahead(std::uint32_t task);
  bool take_ahead(std::uint32_t task);
  void drop_ahead(RevealTask& task);
  void abandon_path(std::uint32_t path, const Requester& requester);
  Assessment assess(RevealTask& task, std::span<HopRecord> hops);
  Agreement agreement_of(const RevealTask& task, const Evaluation& evaluation, std::span<const HopRecord> hops);
  bool try_otherwise(std::uint32_t task, Outcome outcome);
  static void switch_method(RevealTask& task);
  void set_buddy(RevealTask& task, wire::Ipv4Address address);
  [[nodiscard]] std::span<HopRecord> task_hops(std::uint32_t task) const;
  [[nodiscard]] const RevelationRules& revelation_rules() const {
    return config_.rules == RuleSet::tnt ? tnt_revelation_rules : utnt_revelation_rules;
  }

  // campaign_scout.cpp: flows that pass the ingress
  bool try_other_flow(std::uint32_t task, Agreement agreement);
  void scout(std::uint32_t task);
  void open_scouts(std::uint32_t task);
  void open_scouts_ahead(std::uint32_t task);
  void start_scouts(std::uint32_t task);
  void drop_scouts(RevealTask& task);
  void read_scouts(std::uint32_t task);
  [[nodiscard]] static bool has_scouts(const RevealTask& task) { return task.scouts[0] != no_index; }
  [[nodiscard]] bool passes_ingress(const RevealTask& task, std::span<const HopRecord> hops);
  [[nodiscard]] PathRequest scout_request(std::uint32_t task, std::uint32_t flow) const;

  // campaign_report.cpp
  void begin_report(std::uint32_t job);
  const Event* next_report_event();
  void end_report();
  Verdict make_verdict(const TraceJob& job, std::size_t index) const;
  std::optional<Tunnel> next_tunnel_event(const TraceJob& job);
  void name_tunnel(Tunnel& tunnel, const TraceJob& job, const TunnelRun& run);
  std::optional<Tunnel> next_suspect_event(const TraceJob& job);

  // campaign.cpp
  void pump();
  void wake(IndexQueue& waiters) { ready_.append(memory_.work_next, waiters); }
  void wait_in(IndexQueue& queue, std::uint32_t work) const { queue.push(memory_.work_next, work); }
  /// The event as it stands in the queue.
  template <class Kind>
  Kind& emit(const Kind& event) {
    UTNT_ASSERT(event_count_ < memory_.events.size());
    auto at = event_head_ + event_count_++;
    if (at >= memory_.events.size()) at -= memory_.events.size();
    return memory_.events[at].emplace<Kind>(event);
  }
  [[nodiscard]] std::size_t events_free() const { return memory_.events.size() - event_count_; }
  PingLookup look_up_ping(AddressRef address, const Requester& requester, Duration rtt);
  std::uint32_t open_path(const PathRequest& request, std::uint32_t work);
  std::uint32_t open_path_now(const PathRequest& request);
  void start_path(std::uint32_t path);
  void emit_path_end(const Path& path);
  [[nodiscard]] bool blocked(const wire::IpAddress& address) const;
  [[nodiscard]] std::uint32_t task_work(std::uint32_t task) const { return config_.traces_max + task; }
  [[nodiscard]] Requester requester_of(std::uint32_t job) const {
    return {memory_.jobs[job].id, job, memory_.jobs[job].user_id};
  }
  void charge(const Requester& requester, ProbeUse use, std::uint32_t probes);
  void halt_some();

  EngineConfig config_;
  Memory memory_;
  SipKey key_;
  AddressTable addresses_;
  PathTable paths_;
  PingTable pings_;
  TunnelCache tunnels_;
  FreeList free_jobs_;
  FreeList free_tasks_;
  FreeList free_tests_;
  TimerHeap timers_;
  PaceLimit rate_limit_;
  PaceBucket rate_;
  PaceTable prefix_pace_;
  PaceTable near_pace_;
  std::array<AddressRef, 4> near_responder_{};  ///< by TTL 1-3: who answered last
  IndexQueue ready_;
  IndexQueue send_queue_;
  IndexQueue path_slot_waiters_;
  IndexQueue ping_slot_waiters_;
  IndexQueue task_slot_waiters_;
  IndexQueue test_slot_waiters_;
  IndexQueue reports_;
  Instant now_;
  std::size_t event_head_{0};
  std::size_t event_count_{0};
  std::uint32_t report_job_{no_index};
  HopList report_list_;
  Event report_event_;  ///< the one that next_report_event() gave
  std::size_t report_verdicts_{0};
  std::size_t report_cursor_{0};
  std::uint32_t report_suspect_{no_index};  ///< next test that may be a suspected tunnel
  std::uint8_t report_tunnels_{0};
  std::uint32_t traces_started_{0};
  std::uint32_t paths_started_{0};
  std::uint32_t tunnels_started_{0};
  std::uint32_t halt_cursor_{0};
  std::uint16_t ping_ip_id_{0};
  std::size_t jobs_open_{0};
  std::size_t signatures_open_{0};  ///< paths that ask for second signatures
  bool halted_{false};
  Counters counters_;
};

}  // namespace utnt::core
