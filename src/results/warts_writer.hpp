// SPDX-License-Identifier: BSD-2-Clause
// Results as warts that the stock scamper tools read: list and cycle, the initial trace as probed, every revelation,
// buddy and confirmation trace and every ping as records of their own with the user id of their trace. Annotations have
// no place in it: SidecarWriter (jsonl_writer.hpp) carries them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "results/output.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

/// Numbers of lists and cycles ascend through a file from 1: what a writer that appends must go on with.
struct WartsIds {
  std::uint32_t lists{0};   ///< list records so far
  std::uint32_t cycles{0};  ///< cycle starts and definitions so far
};

class WartsWriter : public ResultSink {
 public:
  /// `write` gets whole records. `existing` counts what the file holds already (see warts_reader.hpp).
  explicit WartsWriter(WriteBytes write, const WartsIds& existing = {}) : write_{std::move(write)}, ids_{existing} {}

  void run(const RunInfo& info) override;
  void trace(const TraceResult& trace) override;
  void ping(const PingResult& ping) override;
  void tunnel(const TunnelResult&) override {}
  void summary(const Summary& summary) override;

 private:
  void write_path(const Path& path, const std::vector<const Reply*>& replies, std::uint32_t user_id);

  WriteBytes write_;
  WartsIds ids_;
  bool has_cycle_{false};
};

}  // namespace utnt::results
