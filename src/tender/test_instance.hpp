// SPDX-License-Identifier: BSD-2-Clause
// One run of the test image (tests/tender/image.cpp), with its log and its records in memory.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "os_linux/unique_fd.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// Where the build put the test image and utnt-tender.
std::string test_image_path();
std::string tender_program_path();

inline RunRequest request_for(const std::string& command_line) {
  RunRequest request;
  request.image = test_image_path();
  request.tender_program = tender_program_path();
  request.command_line = command_line;
  request.time_limit = Duration{20'000'000'000};
  request.log_descriptor = -1;
  return request;
}

struct Run {
  RunOutcome outcome;
  std::string log;
  std::vector<std::byte> records;
};

inline Run run_request(RunRequest request, Tender& tender) {
  Run run;
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  os_linux::UniqueFd reader{ends[0]}, writer{ends[1]};
  request.log_descriptor = writer.get();
  const auto instance = tender.start(request);
  writer.reset();
  run.outcome = run_to_end(
      *instance, [&](ConstBytes bytes) { run.records.insert(run.records.end(), bytes.begin(), bytes.end()); });
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(reader.get(), buffer, sizeof buffer)) > 0;)
    run.log.append(buffer, static_cast<std::size_t>(got));
  return run;
}

inline Run run_request(const RunRequest& request) { return run_request(request, *make_process_tender()); }

inline Run run_image(const std::string& command_line) { return run_request(request_for(command_line)); }

/// Until the first bytes of the record stream have come: then the program runs, whatever else this machine does.
inline void wait_for_records(Instance& instance) {
  std::size_t bytes = 0;
  for (int i = 0; i < 1000 && bytes == 0; ++i) {
    ASSERT_TRUE(instance.step([&](ConstBytes part) { bytes += part.size(); }));
    if (bytes == 0) ::usleep(10'000);
  }
  ASSERT_NE(bytes, 0U);
}

}  // namespace utnt::tender
