// SPDX-License-Identifier: BSD-2-Clause
// The server as a client with a bare socket meets it: whatever bytes come, in whatever pieces.
#include "fleet/controller/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {
namespace {

constexpr const char* token = "0123456789abcdef0123456789abcdef";
using os_linux::monotonic_now;

class Http : public testing::Test {
 protected:
  void start(HttpSetting setting = {.token = token}) {
    server_ = std::make_unique<HttpServer>(
        setting, HttpServer::Handlers{.event =
                                          [this](const std::string& body) {
                                            events_.push_back(body);
                                            return HttpAnswer{.status = 202, .body = "{\"event\":1}\n"};
                                          },
                                      .page =
                                          [](std::string_view path) {
                                            if (path != "/") return HttpAnswer{.status = 404};
                                            return HttpAnswer{.type = "text/html", .body = "<p>page</p>"};
                                          }});
  }

  os_linux::UniqueFd connect() {
    os_linux::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }

  /// Everything that comes until the server ends the connection, or for as long as `patience`.
  std::string answer_on(int socket, Duration patience = Duration{5'000'000'000}) {
    std::string answer;
    const auto until = monotonic_now() + patience;
    while (monotonic_now() < until) {
      server_->step();
      std::array<pollfd, 2> waits{pollfd{socket, POLLIN, 0}, pollfd{server_->descriptor(), POLLIN, 0}};
      ::poll(waits.data(), waits.size(), 20);
      std::array<char, 4096> buffer;
      const auto got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return answer + "(end)";
      if (got > 0) answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return answer;
  }

  std::string ask(const std::string& text) {
    const auto socket = connect();
    EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    return answer_on(socket.get());
  }

  std::string head(const std::string& request, const std::string& more = {}) const {
    return fmt::format("{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n", request, server_->port(), more);
  }
  std::string event(const std::string& body, const std::string& given = token) const {
    return head("POST /events", fmt::format("Authorization: Bearer {}\r\nContent-Length: {}\r\n", given, body.size())) +
           body;
  }

  std::unique_ptr<HttpServer> server_;
  std::vector<std::string> events_;
};

bool has_status(const std::string& answer, int status) {
  return answer.starts_with(fmt::format("HTTP/1.1 {} ", status)) && answer.ends_with("(end)");
}

TEST_F(Http, hands_over_the_body_of_an_event_and_ends_the_connection) {
  start();
  const auto answer = ask(event(R"({"targets":["20.0.8.2"]})"));
  EXPECT_TRUE(has_status(answer, 202)) << answer;
  EXPECT_NE(answer.find("\r\n\r\n{\"event\":1}\n"), std::string::npos) << answer;
  EXPECT_EQ(events_, std::vector<std::string>{R"({"targets":["20.0.8.2"]})"});
}

TEST_F(Http, takes_a_body_that_comes_in_pieces) {
  start();
  const auto text = event(std::string(300, 'x'));
  const auto socket = connect();
  for (const char byte : text) {
    ASSERT_EQ(::send(socket.get(), &byte, 1, MSG_NOSIGNAL), 1);
    if (events_.empty()) server_->step();
  }
  EXPECT_TRUE(has_status(answer_on(socket.get()), 202));
  EXPECT_EQ(events_, std::vector<std::string>{std::string(300, 'x')});
}

TEST_F(Http, refuses_events_without_the_token) {
  start();
  const std::string almost = std::string{token}.substr(1), longer = std::string{token} + "0";
  for (const auto& wrong : {std::string{}, std::string{"x"}, almost, longer}) {
    const auto answer = ask(event("{}", wrong));
    EXPECT_TRUE(has_status(answer, 401)) << answer;
    EXPECT_NE(answer.find("WWW-Authenticate: Bearer\r\n"), std::string::npos) << answer;
  }
  EXPECT_TRUE(has_status(ask(head("POST /events", "Content-Length: 2\r\n") + "{}"), 401));
  EXPECT_TRUE(has_status(
      ask(head("POST /events", fmt::format("Authorization: Basic {}\r\nContent-Length: 2\r\n", token)) + "{}"), 401));
  EXPECT_TRUE(events_.empty());
}

TEST_F(Http, refuses_all_events_when_there_is_no_token) {
  start({});
  EXPECT_TRUE(has_status(ask(event("{}", "")), 403));
  EXPECT_TRUE(has_status(ask(event("{}")), 403));
  EXPECT_TRUE(events_.empty());
}

TEST_F(Http, limits_the_rate_of_events_and_strangers_do_not_use_it_up) {
  start({.token = token, .rate = 3});
  int refused = 0;
  for (int i = 0; i < 40; ++i) refused += has_status(ask(event("{}", "wrong")), 429) ? 1 : 0;
  EXPECT_GT(refused, 0);  // 20 at once, 10 a second more
  int taken = 0;
  std::string last;
  const auto begin = monotonic_now();
  for (int i = 0; i < 20; ++i) taken += has_status(last = ask(event("{}")), 202) ? 1 : 0;
  const auto seconds = static_cast<double>((monotonic_now() - begin).ns()) / 1e9;
  EXPECT_GE(taken, 6);
  EXPECT_LE(taken, 6 + static_cast<int>(seconds * 3) + 1);
  EXPECT_EQ(events_.size(), static_cast<std::size_t>(taken));
  if (taken < 20) {
    EXPECT_NE(last.find("Retry-After: 1\r\n"), std::string::npos) << last;
  }
}

TEST_F(Http, bounds_the_body_whether_it_is_announced_or_just_comes) {
  start({.token = token, .body_max = 1000});
  EXPECT_TRUE(has_status(ask(event(std::string(1000, 'x'))), 202));
  const auto announced = ask(head("POST /events", fmt::format("Authorization: Bearer {}\r\nContent-Length: "
                                                              "99999999999999999999999\r\n",
                                                              token)));
  EXPECT_TRUE(announced.starts_with("HTTP/1.1 413 ") || announced.starts_with("HTTP/1.1 400 ")) << announced;
  EXPECT_TRUE(has_status(
      ask(head("POST /events", fmt::format("Authorization: Bearer {}\r\nContent-Length: 1001\r\n", token))), 413));
  const auto chunked = fmt::format("Authorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n", token);
  EXPECT_TRUE(
      has_status(ask(head("POST /events", chunked) + "7d0\r\n" + std::string(2000, 'x') + "\r\n0\r\n\r\n"), 413));
  EXPECT_EQ(events_.size(), 1U);
}

TEST_F(Http, survives_what_is_no_http) {
  start();
  const std::vector<std::string> bad{"\r\n\r\n\r\n",
                                     "GET\r\n\r\n",
                                     std::string(100'000, 'A'),
                                     "POST /events\r\n\r\n",
                                     std::string{"\x16\x03\x01\x02\0\x01", 6},
                                     "GET / HTTP/9.9\r\n\r\n",
                                     head("GET / extra"),
                                     head("GET /", std::string(40'000, 'h') + ": x\r\n"),
                                     head("POST /events", "Content-Length: -1\r\n"),
                                     head("POST /events", "Content-Length: 5\r\nContent-Length: 6\r\n")};
  for (const auto& text : bad) {
    const auto socket = connect();
    (void)!::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(socket.get(), SHUT_WR);
    const auto answer = answer_on(socket.get(), Duration{1'000'000'000});
    EXPECT_FALSE(answer.starts_with("HTTP/1.1 2")) << text.substr(0, 60) << " -> " << answer;
  }
  EXPECT_TRUE(events_.empty());
  EXPECT_TRUE(has_status(ask(head("GET /")), 200));
}

TEST_F(Http, answers_only_to_its_own_names) {
  start();
  const auto ask_as = [&](const std::string& field) { return ask("GET / HTTP/1.1\r\n" + field + "\r\n"); };
  const auto port = std::to_string(server_->port());
  EXPECT_TRUE(has_status(ask_as("Host: 127.0.0.1:" + port + "\r\n"), 200));
  EXPECT_TRUE(has_status(ask_as("Host: localhost:" + port + "\r\n"), 200));
  EXPECT_TRUE(has_status(ask_as("Host: localhost\r\n"), 200));
  for (const auto& host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "",
                           "127.0.0.1:1", "localhost:"}) {
    EXPECT_TRUE(has_status(ask_as(fmt::format("Host: {}\r\n", host)), 421)) << host;
  }
  EXPECT_FALSE(has_status(ask("GET / HTTP/1.1\r\n\r\n"), 200));
  EXPECT_FALSE(has_status(ask("GET / HTTP/1.0\r\n\r\n"), 200));
}

TEST_F(Http, gives_pages_that_no_other_site_may_use) {
  start();
  const auto answer = ask(head("GET /", "Origin: https://evil.example\r\n"));
  EXPECT_TRUE(has_status(answer, 200)) << answer;
  EXPECT_NE(answer.find("<p>page</p>"), std::string::npos);
  EXPECT_NE(answer.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Access-Control-"), std::string::npos);
  EXPECT_TRUE(has_status(ask(head("GET /nothing")), 404));
  EXPECT_TRUE(has_status(ask(head("GET /events")), 405));
  EXPECT_TRUE(has_status(ask(head("DELETE /")), 405));
  EXPECT_TRUE(has_status(ask(head("OPTIONS /events")), 405));
  EXPECT_TRUE(has_status(ask(head("POST /", "Content-Length: 0\r\n")), 405));
}

TEST_F(Http, cuts_off_a_client_that_is_slow_and_serves_others_meanwhile) {
  start({.token = token, .request_max = Duration{400'000'000}});
  const auto slow = connect();
  const std::string text = event(std::string(60'000, 'x'));
  const auto begin = monotonic_now();
  std::size_t sent = 0;
  bool is_cut = false;
  while (!is_cut && monotonic_now() - begin < Duration{5'000'000'000}) {
    is_cut = ::send(slow.get(), &text[sent++], 1, MSG_NOSIGNAL) != 1;
    const auto answer = answer_on(slow.get(), Duration{30'000'000});
    is_cut = is_cut || answer.ends_with("(end)");
    if (sent == 4) {
      EXPECT_TRUE(has_status(ask(head("GET /")), 200));
    }
  }
  EXPECT_TRUE(is_cut);
  EXPECT_LT((monotonic_now() - begin).ns(), 3'000'000'000);
  EXPECT_TRUE(events_.empty());
}

TEST_F(Http, has_places_again_when_many_silent_clients_are_gone) {
  start({.token = token, .request_max = Duration{300'000'000}});
  std::vector<os_linux::UniqueFd> silent;
  for (unsigned i = 0; i < HttpServer::connections_max + 10; ++i) silent.push_back(connect());
  const auto until = monotonic_now() + Duration{600'000'000};
  while (monotonic_now() < until) {
    server_->step();
    ::usleep(10'000);
  }
  EXPECT_TRUE(has_status(ask(head("GET /")), 200));
}

TEST_F(Http, listens_elsewhere_only_when_that_was_said_and_wants_the_token_there) {
  EXPECT_THROW(start({.address = "0.0.0.0", .token = token}), os_linux::Failure);
  EXPECT_THROW(start({.address = "192.0.2.1", .token = token}), os_linux::Failure);
  EXPECT_THROW(start({.address = "0.0.0.0", .is_tls_in_front = true}), os_linux::Failure);
  EXPECT_THROW(start({.address = "localhost", .token = token}), os_linux::Failure);
  EXPECT_THROW(start({.address = "::1", .token = token}), os_linux::Failure);
  EXPECT_TRUE(is_loopback_address("127.3.2.1"));
  EXPECT_FALSE(is_loopback_address("128.0.0.1"));
  start({.address = "0.0.0.0", .is_tls_in_front = true, .token = token});
  const auto ask_as = [&](const std::string& more) {
    return ask(fmt::format("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", more));
  };
  EXPECT_TRUE(has_status(ask_as(""), 401));
  EXPECT_TRUE(has_status(ask_as(fmt::format("Authorization: Bearer {}\r\n", token)), 200));
}

TEST_F(Http, names_the_port_that_is_taken) {
  start();
  const auto port = server_->port();
  try {
    const HttpServer second{{.port = port}, {}};
    FAIL() << "two servers at one port";
  } catch (const os_linux::Failure& failure) {
    EXPECT_NE(std::string{failure.what()}.find(std::to_string(port)), std::string::npos) << failure.what();
    EXPECT_EQ(failure.code(), os_linux::ExitCode::environment);
  }
}

class TokenFile : public testing::Test {
 protected:
  ~TokenFile() override { std::filesystem::remove(path_); }
  const std::string& file(const std::string& text, mode_t mode = 0600) {
    std::ofstream{path_} << text;
    ::chmod(path_.c_str(), mode);
    return path_;
  }
  std::string path_ = std::filesystem::temp_directory_path() / ("utnt-token-" + std::to_string(::getpid()));
};

TEST_F(TokenFile, is_one_line_that_only_its_owner_may_read) {
  EXPECT_EQ(read_token_file(file(std::string{token} + "\n")), token);
  EXPECT_THROW(read_token_file(file(std::string{token} + "\n", 0640)), os_linux::Failure);
  EXPECT_THROW(read_token_file(file(std::string{token} + "\n", 0604)), os_linux::Failure);
  EXPECT_THROW(read_token_file(file("short\n")), os_linux::Failure);
  EXPECT_THROW(read_token_file(file("")), os_linux::Failure);
  EXPECT_THROW(read_token_file(file("two lines are none\nnot one\n")), os_linux::Failure);
  EXPECT_THROW(read_token_file(file(std::string(2000, 'a'))), os_linux::Failure);
  EXPECT_THROW(read_token_file("/nowhere/token"), os_linux::Failure);
  EXPECT_THROW(read_token_file("/dev/null"), os_linux::Failure);
}

TEST(TokenBucket, gives_twice_its_rate_at_once_and_then_its_rate) {
  TokenBucket bucket{10};
  const Instant start{1'000'000'000};
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += bucket.take(start) ? 1 : 0;
  EXPECT_EQ(taken, 20);
  taken = 0;
  for (int i = 1; i <= 1000; ++i) taken += bucket.take(start + Duration{i * std::int64_t{10'000'000}}) ? 1 : 0;
  EXPECT_NEAR(taken, 100, 1);  // ten seconds
}

}  // namespace
}  // namespace utnt::fleet
