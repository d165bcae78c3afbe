// SPDX-License-Identifier: BSD-2-Clause
// Joins the records or events of a run into finished traces. It holds only open traces, at most `traces_max` of them;
// pieces may be missing or come in any order before their trace_end, and whatever cannot be placed is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "report/record.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

struct AssemblerLimits {
  std::size_t traces_max{65'536};          ///< open traces; one more hands out the oldest, marked incomplete
  std::size_t paths_per_trace_max{1'024};  ///< further paths of a trace are orphans
  std::size_t replies_per_trace_max{65'536};
  std::size_t hops_per_trace_max{4'096};
};

class Assembler {
 public:
  /// `sink` must outlive the assembler.
  explicit Assembler(ResultSink& sink, const AssemblerLimits& limits = {});

  /// Takes the next bytes of a record stream, cut anywhere; an unfinished record is kept for the next call.
  void add(ConstBytes stream);
  void add(const report::Event& event);
  void begin(const report::RunStart& start);
  void add(const report::CountersAt& counters);
  /// Hands out what is still open as incomplete traces, then the summary. Nothing may be added afterwards.
  void finish();

  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] std::size_t open_traces() const { return open_.size(); }
  /// Bytes at the end of the stream that were no whole record.
  [[nodiscard]] std::size_t bytes_left() const { return rest_.size(); }

 private:
  struct Open {
    TraceResult trace;
    bool has_start{false};
    std::size_t replies{0};
    std::list<std::uint32_t>::iterator age;
  };

  void take(const core::PathStart& event);
  void take(const core::Reply& event);
  void take(const core::PathEnd& event);
  void take(const core::Ping& event);
  void take(const core::Verdict& event);
  void take(const core::Tunnel& event);
  void take(const core::TraceEnd& event);
  Open* find(report::TraceId id);
  Open& find_or_open(report::TraceId id);
  void hand_out(Open& open, bool is_complete);
  void decode(report::RecordType type, ConstBytes record);
  [[nodiscard]] Nanoseconds wall(Instant at) const { return at.ns() + epoch_offset_; }

  ResultSink& sink_;
  AssemblerLimits limits_;
  std::int64_t epoch_offset_{0};
  std::unordered_map<std::uint32_t, Open> open_;
  std::list<std::uint32_t> by_age_;
  std::vector<std::byte> rest_;
  Summary summary_;
  bool is_broken_{false};
};

/// Gives every hop of `trace` its replies (from the initial path, or from the path that revealed it) and every tunnel
/// its LSRs. The assembler does it at the end of each trace.
void join_hops(TraceResult& trace);

}  // namespace utnt::results
