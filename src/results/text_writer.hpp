// SPDX-License-Identifier: BSD-2-Clause
// Results as text for people: a heading per trace, one line a hop, hidden routers indented, and every tunnel explained
// in a sentence. Not meant for scripts: those read JSON Lines.
#pragma once

#include <string>

#include "results/output.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

struct TextOptions {
  bool verbose{false};  ///< raw reply fields, failed attempts and every path probed
  bool color{false};    ///< ANSI colours
};

class TextWriter : public ResultSink {
 public:
  TextWriter(WriteBytes write, const TextOptions& options) : write_{std::move(write)}, options_{options} {}
  void run(const RunInfo& info) override;
  void trace(const TraceResult& trace) override;
  void ping(const PingResult& ping) override;   ///< only with `verbose`
  void tunnel(const TunnelResult&) override {}  ///< the trace shows it
  void summary(const Summary& summary) override;

 private:
  WriteBytes write_;
  TextOptions options_;
};

/// The block of one trace.
std::string trace_text(const TraceResult& trace, const TextOptions& options);

/// One sentence or two: class, ends, what was revealed and how, what gave it away.
std::string explain(const Tunnel& tunnel);

}  // namespace utnt::results
