// SPDX-License-Identifier: BSD-2-Clause
// Jobs that wait for a slot, best first for each node: higher priority, then earlier acceptance. Jobs that may run on
// the same nodes share a line, so a job that any of 200 nodes may run is held once and not 200 times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace utnt::fleet {

class JobQueue {
 public:
  struct Place {
    int priority{0};
    std::uint64_t sequence{0};
  };

  /// The job must not be in the queue. The order of `nodes` does not matter.
  void add(const std::string& job, const std::vector<std::string>& nodes, Place place);
  /// Nothing happens when it is not there.
  void remove(const std::string& job);
  [[nodiscard]] std::optional<std::string> best_for(const std::string& node) const;
  [[nodiscard]] std::size_t size() const { return where_.size(); }

 private:
  using NodeSet = std::set<std::string>;
  using Entry = std::tuple<std::int64_t, std::uint64_t, std::string>;  ///< priority negated: the best comes first
  using Lines = std::map<NodeSet, std::set<Entry>>;

  Lines lines_;
  std::map<std::string, std::set<const std::set<Entry>*>> of_node_;
  std::map<std::string, std::pair<Lines::iterator, Entry>> where_;
};

}  // namespace utnt::fleet
