// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/job_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

TEST(JobQueue, GivesTheHighestPriorityFirstThenTheEarliest) {
  JobQueue queue;
  queue.add("early", {"a", "b"}, {.priority = 0, .sequence = 1});
  queue.add("late", {"b", "a"}, {.priority = 0, .sequence = 2});
  queue.add("urgent", {"a"}, {.priority = 5, .sequence = 3});
  queue.add("idle", {"b"}, {.priority = -5, .sequence = 0});
  EXPECT_EQ(queue.best_for("a"), "urgent");
  EXPECT_EQ(queue.best_for("b"), "early");
  queue.remove("urgent");
  queue.remove("early");
  EXPECT_EQ(queue.best_for("a"), "late");
  queue.remove("late");
  EXPECT_EQ(queue.best_for("a"), std::nullopt);
  EXPECT_EQ(queue.best_for("b"), "idle");
  EXPECT_EQ(queue.best_for("nobody"), std::nullopt);
}

PROPERTY("the queue gives each node what a search through all jobs gives", prng) {
  struct Job {
    std::string name;
    std::vector<std::string> nodes;
    JobQueue::Place place;
  };
  std::vector<Job> jobs;
  JobQueue queue;
  for (std::uint64_t step = 0; step < 60; ++step) {
    if (prng.chance(2, 3)) {
      Job job{.name = "j" + std::to_string(step), .nodes = {}, .place = {static_cast<int>(prng.below(3)), step}};
      for (const char* node : {"a", "b", "c"})
        if (prng.chance(1, 2)) job.nodes.emplace_back(node);
      queue.add(job.name, job.nodes, job.place);
      jobs.push_back(job);
    } else if (!jobs.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(prng.below(jobs.size()));
      queue.remove(jobs[static_cast<std::size_t>(at)].name);
      jobs.erase(jobs.begin() + at);
    }
    EXPECT_EQ(queue.size(), jobs.size());
    for (const char* node : {"a", "b", "c"}) {
      const Job* best = nullptr;
      for (const auto& job : jobs)
        if (std::ranges::find(job.nodes, node) != job.nodes.end() &&
            (best == nullptr || job.place.priority > best->place.priority))
          best = &job;
      EXPECT_EQ(queue.best_for(node), best == nullptr ? std::nullopt : std::optional{best->name});
    }
  }
}

}  // namespace
}  // namespace utnt::fleet
