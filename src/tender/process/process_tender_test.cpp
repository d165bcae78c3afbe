// SPDX-License-Identifier: BSD-2-Clause
// The process tender from start to end, with the real utnt-tender and a real image.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "abi/record_frame.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"
#include "tender/test_instance.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

/// Files for one test.
struct Scratch {
  [[nodiscard]] std::string file(const std::string& name, const std::string& bytes) const {
    test::write_file(directory / name, bytes);
    return directory / name;
  }
  test::TemporaryDirectory directory;
};

std::string image_bytes() {
  std::ifstream in{UTNT_TEST_IMAGE, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The message and the code of the Failure that a start must end with.
void expect_failure(const RunRequest& request, ExitCode code, const std::string& part) {
  try {
    make_process_tender()->start(request);
    ADD_FAILURE() << "it started; expected: " << part;
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), code) << failure.what();
    EXPECT_NE(std::string{failure.what()}.find(part), std::string::npos) << failure.what();
  }
}

void expect_bad_image(const std::string& bytes, const std::string& part) {
  const Scratch scratch;
  auto request = request_for("");
  request.image = scratch.file("image", bytes);
  expect_failure(request, ExitCode::bad_input, part);
}

TEST(ProcessTender, runs_an_image_and_gets_its_log_its_records_and_its_exit_code) {
  const auto run = run_image("log=hello record=40000 trailer=1 exit=1");
  EXPECT_EQ(run.log, "hello\n");
  EXPECT_EQ(run.outcome.exit_code, 1);
  EXPECT_EQ(run.outcome.end, End::exited);
  ASSERT_TRUE(run.outcome.trailer);
  EXPECT_EQ(run.outcome.trailer->exit_code, 1);
  // Frames of at most 16,384 bytes, 12 bytes of header each: 3 of records, and the trailer.
  EXPECT_EQ(run.records.size(), 40'000U + 3 * 12 + 12 + abi::trailer_bytes);
  EXPECT_EQ(run.outcome.measured.record_bytes, run.records.size());
  EXPECT_FALSE(run.outcome.stream_damaged);
}

TEST(ProcessTender, tells_when_the_program_started_on_our_own_clock) {
  const auto run = run_image("trailer=0");
  ASSERT_TRUE(run.outcome.trailer);
  const auto started = static_cast<std::int64_t>(run.outcome.trailer->started_ns);
  EXPECT_GT(started, run.outcome.measured.spawned.ns());
  EXPECT_LT(started, run.outcome.measured.ended.ns());
}

TEST(ProcessTender, passes_a_large_stream_on_although_the_reader_is_slow) {
  auto request = request_for("record=3000000 trailer=0");
  const auto instance = make_process_tender()->start(request);
  std::size_t bytes = 0;
  const auto outcome = run_to_end(*instance, [&](ConstBytes part) {
    ::usleep(1000);
    bytes += part.size();
  });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_GT(bytes, 3'000'000U);
}

TEST(ProcessTender, gives_124_when_the_stream_was_not_closed) {
  const auto run = run_image("record=100 exit=0");
  EXPECT_EQ(run.outcome.exit_code, 124);
  EXPECT_FALSE(run.outcome.explanation.empty());
}

TEST(ProcessTender, kills_at_the_time_limit) {
  auto request = request_for("record=100 spin");
  request.time_limit = Duration{200'000'000};
  const auto run = run_request(request);
  EXPECT_EQ(run.outcome.end, End::time_limit);
  EXPECT_EQ(run.outcome.exit_code, 124);
  EXPECT_EQ(run.records.size(), 112U);
  EXPECT_GE((run.outcome.measured.ended - run.outcome.measured.spawned).ns(), 200'000'000);
  EXPECT_LT((run.outcome.measured.ended - run.outcome.measured.spawned).ns(), 5'000'000'000);
  EXPECT_GT(run.outcome.measured.user_time.ns(), 1'000'000);
}

TEST(ProcessTender, ends_the_image_when_its_object_goes_away) {
  int process = 0;
  {
    const auto instance = make_process_tender()->start(request_for("idle"));
    process = instance->process_id();
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_EQ(::kill(process, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(ProcessTender, stops_on_request) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const os_linux::UniqueFd reader{ends[0]};
  os_linux::UniqueFd writer{ends[1]};
  const auto instance = make_process_tender()->start(request_for("idle"));
  ASSERT_EQ(::write(writer.get(), "x", 1), 1);
  const auto outcome = run_to_end(*instance, {}, reader.get());
  EXPECT_EQ(outcome.end, End::stopped);
}

TEST(ProcessTender, refuses_what_is_no_image_for_it) {
  auto missing = request_for("");
  missing.image = "/nonexistent/image";
  expect_failure(missing, ExitCode::bad_input, "there is no image /nonexistent/image");
  missing.image = "/";
  expect_failure(missing, ExitCode::bad_input, "is not a file");

  const auto good = image_bytes();
  ASSERT_GT(good.size(), 4096U);
  expect_bad_image("", "is not an ELF file");
  expect_bad_image("#!/bin/sh\n", "is not an ELF file");
  expect_bad_image(good.substr(0, 5000), "is cut off");
  expect_bad_image(good.substr(0, 60), "is cut off");
  auto arm = good;
  arm[18] = static_cast<char>(183);  // EM_AARCH64
  expect_bad_image(arm, "another kind of machine");
  auto dynamic = good;
  dynamic[16] = 3;  // ET_DYN
  expect_bad_image(dynamic, "is not a static program");
  auto no_entry = good;
  std::memset(no_entry.data() + 24, 0, 8);
  expect_bad_image(no_entry, "no code at its entry point");
}

TEST(ProcessTender, runs_every_image_with_one_damaged_byte_in_its_header_or_refuses_it) {
  // Whatever a damaged header says: a Failure, or a run that ends; never a hang, never our own death.
  const auto good = image_bytes();
  const Scratch scratch;
  for (std::size_t at = 0; at < 64 + 2 * 56; ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    auto request = request_for("trailer=0");
    request.image = scratch.file("image", bad);
    request.time_limit = Duration{2'000'000'000};
    try {
      const auto run = run_request(request);
      EXPECT_NE(run.outcome.end, End::stopped);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::bad_input) << failure.what();
    }
  }
}

TEST(ProcessTender, says_what_is_missing) {
  auto request = request_for("");
  request.tender_program = "/nonexistent/utnt-tender";
  expect_failure(request, ExitCode::environment, "/nonexistent/utnt-tender");
  request = request_for("");
  request.module_file = "/nonexistent/list";
  expect_failure(request, ExitCode::bad_input, "there is no input /nonexistent/list");
  request = request_for("");
  request.memory_bytes = 65'536;
  expect_failure(request, ExitCode::bad_input, "KiB of memory");
  request = request_for(std::string(20'000, 'x'));
  expect_failure(request, ExitCode::bad_input, "command line is longer than");
}

TEST(ProcessTender, gives_zeroed_memory_and_no_more_than_was_granted) {
  auto request = request_for("zero fill zeroes trailer=0");
  request.memory_bytes = 1 << 20;
  const auto run = run_request(request);
  EXPECT_EQ(run.outcome.exit_code, 0) << run.log;
  // The image lies at 1 MiB; behind the granted memory nothing is mapped, nor is there anything at 0.
  auto beyond = request_for("read=0x200000");
  beyond.memory_bytes = 1 << 20;
  EXPECT_EQ(run_request(beyond).outcome.end, End::faulted);
  EXPECT_EQ(run_image("write=0").outcome.exit_code, 125);
}

TEST(ProcessTender, maps_nothing_that_is_both_writable_and_executable) {
  EXPECT_EQ(run_image("write=0x100000").outcome.signal, SIGSEGV);  // code
  EXPECT_EQ(run_image("jump=0x300000").outcome.signal, SIGSEGV);   // free memory
  EXPECT_EQ(run_image("recurse").outcome.signal, SIGSEGV);         // below the stack lies the guard
}

TEST(ProcessTender, hands_the_input_over) {
  auto request = request_for("module");
  request.module = {std::byte{40}, std::byte{2}};
  EXPECT_EQ(run_request(request).outcome.exit_code, 42);
  const Scratch scratch;
  request.module.clear();
  request.module_file = scratch.file("list", std::string(5000, 1));
  EXPECT_EQ(run_request(request).outcome.exit_code, 124);  // 5000 % 100 = 0, and no trailer
  request.module_file = scratch.file("list", std::string(5043, 1));
  EXPECT_EQ(run_request(request).outcome.exit_code, 43);
  request.memory_bytes = 1 << 20;
  request.module_file = scratch.file("list", std::string(1 << 20, 1));
  expect_failure(request, ExitCode::bad_input, "KiB of memory");
}

TEST(ProcessTender, keeps_a_clock_that_never_goes_back_while_it_learns_the_speed_of_the_tsc) {
  EXPECT_EQ(run_image("clock=1500 trailer=0").outcome.exit_code, 0);
}

TEST(ProcessTender, survives_being_stopped_and_continued) {
  const auto instance = make_process_tender()->start(request_for("idle"));
  for (int i = 0; i < 20; ++i) {
    ::usleep(2000);
    ::kill(instance->process_id(), SIGSTOP);
    ::usleep(1000);
    ::kill(instance->process_id(), SIGCONT);
  }
  EXPECT_TRUE(instance->step({}));
  EXPECT_TRUE(instance->memory());
}

TEST(ProcessTender, measures_the_memory_of_an_idle_image) {
  const auto instance = make_process_tender()->start(request_for("record=1 idle"));
  wait_for_records(*instance);
  const auto use = instance->memory();
  ASSERT_TRUE(use);
  std::printf("one idle image: PSS %llu KiB, RSS %llu KiB\n", static_cast<unsigned long long>(use->pss_bytes / 1024),
              static_cast<unsigned long long>(use->rss_bytes / 1024));
  EXPECT_GT(use->pss_bytes, 4096U);
  EXPECT_LT(use->rss_bytes, 512U * 1024);
}

}  // namespace
}  // namespace utnt::tender
