// SPDX-License-Identifier: BSD-2-Clause
// Where the results of a run go: the file (and, for warts, the one beside it) and the writers of the chosen format.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "apps/utnt/checkpoint.hpp"
#include "apps/utnt/output_file.hpp"
#include "apps/utnt/trace_options.hpp"
#include "results/trace_model.hpp"

namespace utnt::apps {

class ResultOutput {
 public:
  /// Opens what `options` names. With `resume_at` the files must exist and are cut there first. Throws Failure.
  ResultOutput(const TraceOptions& options, std::optional<Checkpoint::Position> resume_at);
  ~ResultOutput();
  ResultOutput(const ResultOutput&) = delete;
  ResultOutput& operator=(const ResultOutput&) = delete;

  [[nodiscard]] results::ResultSink& sink() { return *sink_; }
  /// After this, everything the sink got is in the files. Throws Failure when they cannot take it.
  void flush();
  void sync();
  [[nodiscard]] Checkpoint::Position position() const;
  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  OutputFile file_;
  std::optional<OutputFile> sidecar_;
  std::vector<std::unique_ptr<results::ResultSink>> writers_;
  std::unique_ptr<results::ResultSink> tee_;
  results::ResultSink* sink_{nullptr};
};

}  // namespace utnt::apps
