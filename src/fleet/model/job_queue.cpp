// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/job_queue.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace utnt::fleet {

void JobQueue::add(const std::string& job, const std::vector<std::string>& nodes, Place place) {
  UTNT_ASSERT(!where_.contains(job));
  const auto [line, is_new] = lines_.try_emplace(NodeSet{nodes.begin(), nodes.end()});
  if (is_new)
    for (const auto& node : line->first) of_node_[node].insert(&line->second);
  const Entry entry{-std::int64_t{place.priority}, place.sequence, job};
  line->second.insert(entry);
  where_.emplace(job, std::pair{line, entry});
}

void JobQueue::remove(const std::string& job) {
  const auto found = where_.find(job);
  if (found == where_.end()) return;
  const auto [line, entry] = found->second;
  where_.erase(found);
  line->second.erase(entry);
  if (!line->second.empty()) return;
  for (const auto& node : line->first) {
    const auto lines = of_node_.find(node);
    lines->second.erase(&line->second);
    if (lines->second.empty()) of_node_.erase(lines);
  }
  lines_.erase(line);
}

std::optional<std::string> JobQueue::best_for(const std::string& node) const {
  const auto lines = of_node_.find(node);
  if (lines == of_node_.end()) return std::nullopt;
  const auto& all = lines->second;  // never empty, as none of them is
  const auto* const best = *std::min_element(
      all.begin(), all.end(), [](const auto* one, const auto* other) { return *one->begin() < *other->begin(); });
  return std::get<std::string>(*best->begin());
}

}  // namespace utnt::fleet
