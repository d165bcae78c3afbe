// SPDX-License-Identifier: BSD-2-Clause
// Hands every result to several sinks in turn: a file and its sidecar, a writer and a progress display.
#pragma once

#include <utility>
#include <vector>

#include "results/trace_model.hpp"

namespace utnt::results {

class TeeSink : public ResultSink {
 public:
  /// The sinks must outlive this one.
  explicit TeeSink(std::vector<ResultSink*> sinks) : sinks_{std::move(sinks)} {}
  void run(const RunInfo& info) override {
    for (auto* sink : sinks_) sink->run(info);
  }
  void trace(const TraceResult& trace) override {
    for (auto* sink : sinks_) sink->trace(trace);
  }
  void ping(const PingResult& ping) override {
    for (auto* sink : sinks_) sink->ping(ping);
  }
  void tunnel(const TunnelResult& tunnel) override {
    for (auto* sink : sinks_) sink->tunnel(tunnel);
  }
  void summary(const Summary& summary) override {
    for (auto* sink : sinks_) sink->summary(summary);
  }

 private:
  std::vector<ResultSink*> sinks_;
};

}  // namespace utnt::results
