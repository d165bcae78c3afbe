// SPDX-License-Identifier: BSD-2-Clause
// Result files: nothing is overwritten unasked, and what is left behind is whole.
#include "apps/utnt/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "apps/utnt/command.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::apps {
namespace {

class ResultFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string contents() const { return test::file_text(path); }
  void put(const std::string& bytes) const { test::write_file(path, bytes); }
  void write(OpenMode mode, const std::string& bytes, std::uint64_t position = 0, bool is_text = true) const {
    OutputFile file{{.path = path, .mode = mode, .is_text = is_text, .position = position}};
    file.write(bytes);
    file.flush();
  }
  test::TemporaryDirectory directory;
  std::string path = directory / "out.jsonl";
};

TEST_F(ResultFile, is_created_and_never_replaced_unasked) {
  write(OpenMode::create, "one\n");
  EXPECT_THROW(write(OpenMode::create, "two\n"), Failure);
  EXPECT_EQ(contents(), "one\n");
}

TEST_F(ResultFile, may_exist_when_it_is_empty) {
  put("");
  write(OpenMode::create, "one\n");
  EXPECT_EQ(contents(), "one\n");
}

TEST_F(ResultFile, is_appended_to_on_a_line_of_its_own) {
  put("torn");
  write(OpenMode::append, "new\n");
  EXPECT_EQ(contents(), "torn\nnew\n");
  write(OpenMode::append, "more\n");
  EXPECT_EQ(contents(), "torn\nnew\nmore\n");
}

TEST_F(ResultFile, of_binary_records_is_appended_to_as_it_is) {
  put("\x12\x05");
  write(OpenMode::append, "\x12\x06", 0, false);
  EXPECT_EQ(contents(), "\x12\x05\x12\x06");
}

TEST_F(ResultFile, is_replaced_when_asked) {
  put("a long old file\n");
  write(OpenMode::replace, "new\n");
  EXPECT_EQ(contents(), "new\n");
}

TEST_F(ResultFile, is_resumed_behind_the_last_known_byte) {
  put("one\ntwo\nthr");
  write(OpenMode::resume, "three\n", 8);
  EXPECT_EQ(contents(), "one\ntwo\nthree\n");
}

TEST_F(ResultFile, that_lost_known_bytes_is_not_resumed) {
  put("one\n");
  EXPECT_THROW(write(OpenMode::resume, "x", 8), Failure);
  EXPECT_EQ(contents(), "one\n");
}

TEST_F(ResultFile, keeps_bytes_back_until_they_are_flushed) {
  OutputFile file{{.path = path}};
  file.write("half a li");
  EXPECT_EQ(contents(), "");
  file.write("ne\n");
  file.flush();
  EXPECT_EQ(contents(), "half a line\n");
  EXPECT_EQ(file.position(), 12U);
}

TEST_F(ResultFile, that_cannot_take_more_ends_with_a_whole_record_and_an_error) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  rlimit small = old;
  small.rlim_cur = 100;
  ::setrlimit(RLIMIT_FSIZE, &small);
  OutputFile file{{.path = path}};
  file.write(std::string(59, 'a') + "\n");
  file.flush();
  file.write(std::string(59, 'b') + "\n");
  std::string message;
  ExitCode code = ExitCode::done;
  try {
    file.flush();
  } catch (const Failure& failure) {
    message = failure.what();
    code = failure.code();
  }
  ::setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(code, ExitCode::environment);
  EXPECT_NE(message.find(path), std::string::npos) << message;
  EXPECT_EQ(contents(), std::string(59, 'a') + "\n");
}

TEST_F(ResultFile, on_a_full_device_is_an_environment_error) {
  OutputFile file{{.path = "/dev/full"}};
  file.write("x\n");
  try {
    file.flush();
    FAIL() << "no error";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::environment);
    EXPECT_NE(std::string{failure.what()}.find("No space left"), std::string::npos);
  }
}

TEST_F(ResultFile, in_a_missing_directory_is_an_environment_error) {
  try {
    const OutputFile file{{.path = "/nonexistent/out"}};
    FAIL() << "no error";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::environment);
  }
}

}  // namespace
}  // namespace utnt::apps
