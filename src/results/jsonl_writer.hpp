// SPDX-License-Identifier: BSD-2-Clause
// Results as JSON Lines: one object a line, types run, trace, ping, tunnel and summary. Schema:
// docs/reference/schema.md.
#pragma once

#include <string>
#include <utility>

#include "results/output.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

/// Version of the schema, in every line. Readers accept lines with unknown fields; a new meaning raises the number.
inline constexpr int jsonl_schema_version = 1;

class JsonlWriter : public ResultSink {
 public:
  /// `write` gets whole lines. `rules` matters only until run() tells them: it decides what is null.
  explicit JsonlWriter(WriteBytes write, report::RuleSet rules = report::RuleSet::utnt);

  void run(const RunInfo& info) override;
  void trace(const TraceResult& trace) override;
  void ping(const PingResult& ping) override;
  void tunnel(const TunnelResult& tunnel) override;
  void summary(const Summary& summary) override;

 private:
  void end_line();

  WriteBytes write_;
  report::RuleSet rules_;
  std::string line_;
};

/// The annotations beside a warts file (FILE.tunnels.jsonl): everything but the pings, which warts holds completely.
/// A line's key is list and cycle of its run line, and user id, source, destination and start of its trace.
class SidecarWriter : public ResultSink {
 public:
  explicit SidecarWriter(WriteBytes write) : jsonl_{std::move(write)} {}
  void run(const RunInfo& info) override { jsonl_.run(info); }
  void trace(const TraceResult& trace) override { jsonl_.trace(trace); }
  void ping(const PingResult&) override {}
  void tunnel(const TunnelResult& tunnel) override { jsonl_.tunnel(tunnel); }
  void summary(const Summary& summary) override { jsonl_.summary(summary); }

 private:
  JsonlWriter jsonl_;
};

}  // namespace utnt::results
