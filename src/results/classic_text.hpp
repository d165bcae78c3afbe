// SPDX-License-Identifier: BSD-2-Clause
// The text form of the original TNT, character for character, so that scripts and eyes used to it keep working.
// It knows fewer things than we do: several tunnels are further ING..EGR runs, a suspected one is an ATTEMPT on its
// egress. Source: the TNT specification, section 9.1 (grammar), with the hop marks of section 8.
#pragma once

#include <string>

#include "results/output.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

struct ClassicOptions {
  bool verbose{false};  ///< unreachable codes and attempts at the end of hop lines
};

/// The block of one trace: heading, hop lines, blank line.
std::string classic_text(const TraceResult& trace, const ClassicOptions& options = {});

class ClassicWriter : public ResultSink {
 public:
  ClassicWriter(WriteBytes write, const ClassicOptions& options) : write_{std::move(write)}, options_{options} {}
  void run(const RunInfo&) override {}
  void trace(const TraceResult& trace) override { write_(classic_text(trace, options_)); }
  void ping(const PingResult&) override {}
  void tunnel(const TunnelResult&) override {}
  void summary(const Summary&) override {}

 private:
  WriteBytes write_;
  ClassicOptions options_;
};

}  // namespace utnt::results
