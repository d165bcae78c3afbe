// SPDX-License-Identifier: BSD-2-Clause
// One run of the engine over one link: memory, engine, events as records, records joined to results. The trace command,
// the demo and the tests share it, so that all of them exercise the path that ships.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/config.hpp"
#include "core/engine.hpp"
#include "lab/virtual_link.hpp"
#include "os_linux/packet_link.hpp"
#include "report/record.hpp"
#include "results/assembler.hpp"
#include "results/trace_model.hpp"

namespace utnt::apps {

using NextTarget = std::function<std::optional<core::TraceRequest>()>;

/// Called while the engine runs; all may throw, which ends the run.
struct SessionHooks {
  /// After all that is known about a destination has gone to the sink. Not called for traces that were cut off by a
  /// stop.
  std::function<void(const core::TraceEnd&)> on_done{};
  /// Between two packets, often; a real link makes sure that it happens at least every `tick_period`.
  std::function<void(const core::Counters&, Instant)> on_tick{};
  /// Every record of an event, before the results are made of it.
  std::function<void(ConstBytes)> on_record{};
  /// Asked for the destination of every packet; false keeps it here, and the engine sees a probe without an answer.
  std::function<bool(const wire::IpAddress&)> may_send{};
};

/// What the results should say about the run beside what the configuration says.
struct RunFacts {
  std::string host{};
  std::string list_name{};
  std::uint32_t cycle{0};
  std::uint64_t destinations{0};
  bool has_wall_clock{true};  ///< false: times count from the zero of the link's clock
};

class Session {
 public:
  static constexpr Duration tick_period{50'000'000};

  /// `sink` must outlive the session, and so must what `config` points to. Throws Failure (bad_input) that names the
  /// field of `config` which is out of range.
  Session(const core::EngineConfig& config, results::ResultSink& sink, SessionHooks hooks = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Gives the sink its run information; once, before run().
  void begin(const RunFacts& facts, Instant now);
  /// Runs until `next` has no more and all is traced, or until the link stops.
  void run(lab::VirtualLink& link, const NextTarget& next);
  void run(os_linux::PacketLink& link, const NextTarget& next);
  /// Gives the sink the totals; once, at the end.
  void finish(bool was_interrupted, Instant now);

  [[nodiscard]] const core::Counters& counters() const;
  /// Packets that `may_send` kept back; the counters of the engine count them as sent.
  [[nodiscard]] std::uint64_t withheld() const { return withheld_; }
  [[nodiscard]] const results::Summary& summary() const { return assembler_.summary(); }

 private:
  struct Memory;
  template <class Link>
  void run_on(Link& link, const NextTarget& next);
  void take(const core::Event& event);

  core::EngineConfig config_;
  SessionHooks hooks_;
  std::unique_ptr<Memory> memory_;
  std::optional<core::Engine> engine_;
  results::Assembler assembler_;
  std::uint64_t withheld_{0};
};

/// 32 bytes for EngineConfig::seed from one number.
std::array<std::byte, 32> engine_seed(std::uint64_t number);

}  // namespace utnt::apps
