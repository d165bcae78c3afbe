// SPDX-License-Identifier: BSD-2-Clause
// The handling of Firecracker's process, with a script in its place that reads the configuration, writes what it is
// told to the disk that the configuration names, and ends as it is told to.
#include "tender/firecracker/firecracker_tender.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "abi/block_log.hpp"
#include "abi/record_frame.hpp"
#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"
#include "tender/test_instance.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

std::string bytes_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A disk with one frame of five bytes and, if wanted, a trailer with this exit code.
std::string disk_with(std::optional<int> exit_code) {
  std::vector<std::byte> stream(abi::frame_header_bytes + 5);
  abi::seal_frame(stream, 5, 0, false);
  if (exit_code) {
    std::vector<std::byte> trailer(abi::frame_header_bytes + abi::trailer_bytes);
    abi::write_trailer(MutableBytes{trailer}.subspan(abi::frame_header_bytes), {.exit_code = *exit_code});
    abi::seal_frame(trailer, abi::trailer_bytes, 1, true);
    stream.insert(stream.end(), trailer.begin(), trailer.end());
  }
  std::vector<std::byte> block(abi::block_bytes);
  copy_bytes(MutableBytes{block}.subspan(abi::block_header_bytes), stream);
  abi::seal_block(block, stream.size(), 0, 7);
  return bytes_of(block);
}

/// The beginning of an image for machines: ELF, x86-64, with a note.
std::string machine_image() {
  std::vector<std::byte> bytes(120 + 20);
  store_le(bytes, 0, 4, 0x464c457f);
  store_le(bytes, 4, 1, 2);
  store_le(bytes, 5, 1, 1);
  store_le(bytes, 16, 2, 2);
  store_le(bytes, 18, 2, 62);
  store_le(bytes, 32, 8, 64);
  store_le(bytes, 54, 2, 56);
  store_le(bytes, 56, 2, 1);
  store_le(bytes, 64, 4, 4);    // PT_NOTE
  store_le(bytes, 72, 8, 120);  // where it stands
  store_le(bytes, 96, 8, 20);   // its bytes
  return bytes_of(bytes);
}

class FirecrackerTender : public ::testing::Test {
 protected:
  FirecrackerTender() {
    request_.image = file("utnt.elf", machine_image());
    request_.command_line = "dst=192.0.2.1";
    request_.time_limit = Duration{20'000'000'000};
    const char* const path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    ::setenv("PATH", (directory_.path() + ":" + path_).c_str(), 1);
  }
  ~FirecrackerTender() override { ::setenv("PATH", path_.c_str(), 1); }

  std::string file(const std::string& name, const std::string& bytes) {
    test::write_file(directory_ / name, bytes);
    return directory_ / name;
  }
  /// The program: `body` runs with $config, $disk and $input set from the configuration file.
  void install(const std::string& body) {
    const auto program = file("firecracker",
                              "#!/bin/bash\n"
                              "export PATH=/usr/bin:/bin\n"
                              "[[ $1 == --no-api && $2 == --config-file && $# == 3 ]] || exit 153\n"
                              "config=$(<$3)\n"
                              "disk=$(grep -o '\"path_on_host\": \"[^\"]*' <<<\"$config\" | cut -d'\"' -f4)\n"
                              "input=$(grep -o '\"initrd_path\": \"[^\"]*' <<<\"$config\" | cut -d'\"' -f4)\n" +
                                  body + "\n");
    ::chmod(program.c_str(), 0700);
  }
  tender::Run run() { return run_request(request_, *make_firecracker_tender()); }
  void expect_failure(ExitCode code, const std::string& part) {
    try {
      make_firecracker_tender()->start(request_);
      ADD_FAILURE() << "it started; expected: " << part;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), code) << failure.what();
      EXPECT_NE(std::string{failure.what()}.find(part), std::string::npos) << failure.what();
    }
  }

  const test::TemporaryDirectory directory_;
  RunRequest request_;
  std::string path_;
};

TEST_F(FirecrackerTender, takes_log_records_and_exit_code_of_the_image) {
  install("echo hello; dd if=" + file("log", disk_with(2)) + " of=$disk conv=notrunc status=none; exit 0");
  const auto result = run();
  EXPECT_EQ(result.log, "hello\n");
  EXPECT_EQ(result.outcome.exit_code, 2) << "the trailer's: Firecracker carries none";
  EXPECT_EQ(result.outcome.end, End::exited);
  EXPECT_EQ(result.records.size(), abi::frame_header_bytes * 2 + 5 + abi::trailer_bytes);
}

TEST_F(FirecrackerTender, hands_the_input_over_and_reads_records_while_the_machine_runs) {
  request_.module.assign(5, std::byte{'x'});
  install("dd if=" + file("log", disk_with(0)) + " of=$disk conv=notrunc status=none; cat $input; sleep 0.2; exit 0");
  const auto result = run();
  EXPECT_EQ(result.log, "xxxxx");
  EXPECT_EQ(result.outcome.exit_code, 0);
  EXPECT_LT(result.outcome.measured.first_bytes, result.outcome.measured.ended);
}

TEST_F(FirecrackerTender, gives_124_without_a_trailer_and_keeps_what_was_written) {
  install("dd if=" + file("log", disk_with(std::nullopt)) + " of=$disk conv=notrunc status=none; exit 0");
  const auto result = run();
  EXPECT_EQ(result.outcome.exit_code, 124);
  EXPECT_EQ(result.records.size(), abi::frame_header_bytes + 5U);
}

TEST_F(FirecrackerTender, calls_its_own_failures_the_environment_and_passes_its_words_on) {
  install("echo 'Error: no /dev/kvm' >&2; exit 1");
  const auto result = run();
  EXPECT_EQ(result.outcome.exit_code, 4);
  EXPECT_NE(result.outcome.explanation.find("Firecracker"), std::string::npos);
  EXPECT_EQ(result.log, "Error: no /dev/kvm\n");
}

TEST_F(FirecrackerTender, ends_it_at_the_time_limit) {
  request_.time_limit = Duration{200'000'000};
  install("exec sleep 30");
  const auto result = run();
  EXPECT_EQ(result.outcome.end, End::time_limit);
  EXPECT_EQ(result.outcome.exit_code, 124);
  EXPECT_LT((result.outcome.measured.ended - result.outcome.measured.spawned).ns(), 10'000'000'000);
}

TEST_F(FirecrackerTender, survives_a_machine_that_is_killed) {
  install("dd if=" + file("log", disk_with(std::nullopt)) + " of=$disk conv=notrunc status=none; kill -9 $$");
  const auto result = run();
  EXPECT_EQ(result.outcome.end, End::killed);
  EXPECT_EQ(result.outcome.exit_code, 124);
  EXPECT_EQ(result.records.size(), abi::frame_header_bytes + 5U);
}

TEST_F(FirecrackerTender, refuses_what_it_cannot_start) {
  install("exit 0");
  request_.record_channel = RecordChannel::console;
  expect_failure(ExitCode::bad_input, "no console");
  request_.record_channel = RecordChannel::automatic;
  request_.memory_bytes = 1 << 20;
  expect_failure(ExitCode::bad_input, "2 MiB");
  request_.memory_bytes = 4 << 20;
  request_.nics.resize(1);
  expect_failure(ExitCode::bad_input, "TAP");
  request_.nics.clear();
  request_.command_line.assign(2000, 'x');
  expect_failure(ExitCode::bad_input, "too long");
  request_.command_line.clear();
  request_.image = "/bin/true";
  expect_failure(ExitCode::bad_input, "the image /bin/true");
}

TEST_F(FirecrackerTender, says_where_it_wants_its_program_when_none_is_installed) {
  ::setenv("PATH", directory_.path().c_str(), 1);
  expect_failure(ExitCode::environment, "firecracker is not installed");
}

}  // namespace
}  // namespace utnt::tender
