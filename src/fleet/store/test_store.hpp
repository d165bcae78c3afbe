// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the store share: a directory that goes away, jobs and results.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <span>
#include <string>

#include "fleet/store/store.hpp"
#include "fleet/trust/digest.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet::test {

using utnt::test::memory_directory;
using utnt::test::TemporaryDirectory;

/// CLOCK_MONOTONIC at 1,000 s, wall clock at 2,000,000 s.
inline Clocks test_clocks(const std::string& domain = "boot") {
  return {.now = Instant{1'000'000'000'000}, .wall_ns = 2'000'000'000'000'000, .domain = domain};
}

inline JobRecord job_of(std::uint64_t event, JobState state = JobState::queued, const std::string& campaign = "list") {
  JobRecord job;
  job.order.campaign = campaign;
  job.order.event = event;
  job.order.tender = "process";
  job.order.image = std::string(64, 'a');
  job.order.options = "rules=utnt";
  job.order.targets = {"20.0.8.2", "20.0.9.2"};
  job.order.id = order_id(job.order);
  job.nodes = {"node-1", "node-2"};
  job.sequence = event;
  job.state = state;
  job.since = test_clocks().now;
  return job;
}

/// The payload must outlive it.
inline NewResult result_of(const JobRecord& job, const std::string& payload, std::uint32_t attempt = 1) {
  const auto bytes = std::as_bytes(std::span{payload});
  return {.digest = sha256_hex(bytes),
          .job = job.order.id,
          .attempt = attempt,
          .node = "node-1",
          .signature = "signature",
          .is_complete = true,
          .header = "{}",
          .payload = bytes};
}

inline JobRecord done_by(JobRecord job, const NewResult& result) {
  job.state = JobState::done;
  job.node = result.node;
  job.attempt = result.attempt;
  job.result = result.digest;
  return job;
}

inline std::string payload_of(const Store& store, const std::string& digest) {
  std::string all;
  EXPECT_TRUE(store.read_payload(
      digest, [&all](ConstBytes piece) { all.append(reinterpret_cast<const char*>(piece.data()), piece.size()); }));
  return all;
}

template <class Function>
StoreProblem problem_of(const Function& function) {
  try {
    function();
  } catch (const StoreFailure& failure) {
    return failure.problem();
  }
  ADD_FAILURE() << "nothing was thrown";
  return StoreProblem::other;
}

}  // namespace utnt::fleet::test
