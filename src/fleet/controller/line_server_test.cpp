// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/line_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

std::string path_for(const char* name) {
  return std::filesystem::temp_directory_path() / ("utnt-lines-" + std::to_string(::getpid()) + "-" + name);
}

void step_when_ready(LineServer& server, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    pollfd wait{server.descriptor(), POLLIN, 0};
    ::poll(&wait, 1, 100);
    server.step();
  }
}

TEST(LineServer, answers_each_line_of_a_client) {
  LineServer server{[](const std::string& line) { return "heard " + line; }};
  const auto path = path_for("answers");
  server.listen(path);
  std::string answer;
  std::jthread client{[&] { answer = ask_line_server(path, "hello"); }};
  step_when_ready(server, 3);
  client.join();
  EXPECT_EQ(answer, "heard hello");
}

TEST(LineServer, is_for_its_user_alone_and_leaves_nothing) {
  const auto path = path_for("mode");
  {
    LineServer server{[](const std::string&) { return std::string{}; }};
    server.listen(path);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    LineServer second{[](const std::string&) { return std::string{}; }};
    EXPECT_THROW(second.listen(path), os_linux::Failure);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(LineServer, reads_a_pipe_to_its_end_and_a_last_line_without_one) {
  std::vector<std::string> lines;
  LineServer server{[&](const std::string& line) {
    lines.push_back(line);
    return std::string{};
  }};
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  server.read_from(pipe[0]);
  ASSERT_EQ(::write(pipe[1], "one\ntwo", 7), 7);
  step_when_ready(server, 1);
  EXPECT_TRUE(server.has_input());
  ::close(pipe[1]);
  step_when_ready(server, 1);
  EXPECT_FALSE(server.has_input());
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  ::close(pipe[0]);
}

TEST(LineServer, cuts_off_who_sends_a_line_without_end) {
  int answers = 0;
  LineServer server{[&](const std::string&) {
    ++answers;
    return std::string{};
  }};
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
  ASSERT_GE(::fcntl(pipe[1], F_SETPIPE_SZ, 1 << 20), 0);
  server.read_from(pipe[0]);
  const std::string much(LineServer::line_max + 20'000, 'x');
  ASSERT_EQ(::write(pipe[1], much.data(), much.size()), static_cast<ssize_t>(much.size()));
  step_when_ready(server, 1);
  EXPECT_FALSE(server.has_input());
  EXPECT_EQ(answers, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace utnt::fleet
