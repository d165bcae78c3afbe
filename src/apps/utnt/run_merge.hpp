// SPDX-License-Identifier: BSD-2-Clause
// The results of several instances as those of one run: one `run`, every trace, ping and tunnel as it comes, one
// `summary`. Numbers that an engine gives to its traces and tunnels are spread so that no two instances share one;
// with a single instance nothing changes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "results/assembler.hpp"
#include "results/frame_reader.hpp"
#include "results/trace_model.hpp"

namespace utnt::apps {

class MergedResults {
 public:
  /// `out` must outlive this. `destinations` is the number of all instances together.
  MergedResults(results::ResultSink& out, std::uint32_t instances, std::uint64_t destinations);
  MergedResults(const MergedResults&) = delete;
  MergedResults& operator=(const MergedResults&) = delete;
  ~MergedResults();

  /// Bytes of the record stream of an instance.
  void add(std::size_t instance, ConstBytes bytes);
  /// Its stream has ended; what is wrong with it, in one line, or nothing.
  std::string finish(std::size_t instance);
  /// Hands the summary out. Once, at the end.
  void finish();

  /// Numbers of the destinations that were finished since the last call.
  std::vector<std::uint32_t> take_finished();
  /// So far, of all instances.
  [[nodiscard]] results::Summary summary() const;
  /// How many instances have written their first record.
  [[nodiscard]] std::size_t started() const { return started_; }

 private:
  class Spread;
  struct Stream;

  results::ResultSink& out_;
  std::uint64_t destinations_;
  std::size_t started_{0};
  std::vector<std::uint32_t> finished_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace utnt::apps
