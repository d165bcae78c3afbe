// SPDX-License-Identifier: BSD-2-Clause
// Links over a socketpair: back pressure, readiness, the several ways in which the other side can go away.
#include "fleet/transport/stream_link.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "fleet/transport/message_test_support.hpp"

namespace utnt::fleet {
namespace {

using namespace utnt::literals;

struct Pair {
  os_linux::UniqueFd raw;
  std::unique_ptr<StreamLink> link;
};

Pair make_pair(const StreamLimits& limits = {}) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {os_linux::UniqueFd{ends[0]}, std::make_unique<StreamLink>(os_linux::UniqueFd{ends[1]}, limits)};
}

void write_all(int fd, ConstBytes bytes) {
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

short readiness(int fd) {
  pollfd ready{fd, POLLIN | POLLOUT, 0};
  return ::poll(&ready, 1, 0) < 0 ? short{0} : ready.revents;
}

Message big(std::size_t bytes) { return {.kind = MessageKind::result, .body = std::vector<std::byte>(bytes)}; }

TEST(StreamLink, a_full_queue_takes_nothing_and_says_so) {
  auto pair = make_pair({.queue_bytes_max = 500'000});
  int taken = 0;
  while (pair.link->send(big(100'000))) ASSERT_LT(++taken, 100);
  EXPECT_GE(taken, 4);
  EXPECT_TRUE(pair.link->is_open());
  EXPECT_TRUE(pair.link->wants_write());
  EXPECT_FALSE(readiness(pair.link->descriptor()) & POLLOUT);
  EXPECT_FALSE(pair.link->send(big(100'000)));
}

TEST(StreamLink, what_was_queued_leaves_when_the_other_side_reads) {
  auto pair = make_pair({.queue_bytes_max = 500'000});
  int taken = 0;
  while (pair.link->send(big(100'000))) ++taken;
  FrameDecoder decoder;
  std::array<std::byte, 50'000> piece;
  int came = 0;
  while (came < taken) {
    const ssize_t got = ::recv(pair.raw.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    decoder.add(ConstBytes{piece}.first(static_cast<std::size_t>(got)));
    while (const auto message = decoder.next()) {
      EXPECT_EQ(*message, big(100'000));
      ++came;
    }
    EXPECT_FALSE(pair.link->receive());
  }
  EXPECT_FALSE(pair.link->wants_write());
  EXPECT_TRUE(pair.link->send({}));
}

TEST(StreamLink, one_message_larger_than_the_queue_passes_when_nothing_waits) {
  auto pair = make_pair({.queue_bytes_max = 1000});
  EXPECT_TRUE(pair.link->send(big(message_body_max)));
}

TEST(StreamLink, the_descriptor_is_readable_exactly_when_something_came) {
  auto pair = make_pair();
  EXPECT_FALSE(readiness(pair.link->descriptor()) & POLLIN);
  write_all(pair.raw.get(), test::frame_of({}));
  EXPECT_TRUE(readiness(pair.link->descriptor()) & POLLIN);
  EXPECT_TRUE(pair.link->receive());
  EXPECT_FALSE(pair.link->receive());
  EXPECT_FALSE(readiness(pair.link->descriptor()) & POLLIN);
  pair.raw.reset();
  EXPECT_TRUE(readiness(pair.link->descriptor()) & POLLIN);
}

TEST(StreamLink, last_words_are_heard_although_writing_fails) {
  auto pair = make_pair();
  write_all(pair.raw.get(), test::frame_of({.kind = MessageKind::stopped}));
  pair.raw.reset();
  pair.link->send({});
  EXPECT_FALSE(pair.link->send({}));
  EXPECT_TRUE(pair.link->is_open()) << "there is something to be heard";
  const auto message = pair.link->receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, MessageKind::stopped);
  EXPECT_FALSE(pair.link->receive());
  EXPECT_FALSE(pair.link->is_open());
  EXPECT_EQ(pair.link->why(), "the other side closed the connection");
}

TEST(StreamLink, a_cut_inside_a_message_is_told_and_the_part_is_dropped) {
  auto pair = make_pair();
  const auto frame = test::frame_of(big(100));
  write_all(pair.raw.get(), ConstBytes{frame}.first(frame.size() - 1));
  pair.raw.reset();
  EXPECT_FALSE(pair.link->receive());
  EXPECT_FALSE(pair.link->is_open());
  EXPECT_EQ(pair.link->why(), "the connection was cut inside a message");
  EXPECT_EQ(pair.link->descriptor(), -1);
}

TEST(StreamLink, another_protocol_ends_the_link_and_is_shown) {
  auto pair = make_pair();
  write_all(pair.raw.get(), std::as_bytes(std::span{std::string_view{"HTTP/1.1 400 Bad Request\r\n"}}));
  EXPECT_FALSE(pair.link->receive());
  EXPECT_FALSE(pair.link->is_open());
  EXPECT_NE(pair.link->why().find("HTTP/1.1 400 Bad Request"), std::string::npos) << pair.link->why();
}

TEST(StreamLink, a_silent_peer_is_taken_for_gone_at_the_time_that_wake_at_names) {
  auto pair = make_pair({.silence_max = 20_ms});
  const auto first = pair.link->wake_at();
  ASSERT_TRUE(first);
  write_all(pair.raw.get(), test::frame_of({}));
  EXPECT_TRUE(pair.link->receive());
  ASSERT_TRUE(pair.link->wake_at());
  EXPECT_GT(*pair.link->wake_at(), *first);
  const timespec pause{.tv_sec = 0, .tv_nsec = 30'000'000};
  ::nanosleep(&pause, nullptr);
  EXPECT_FALSE(pair.link->receive());
  EXPECT_FALSE(pair.link->is_open());
  EXPECT_EQ(pair.link->why(), "nothing was heard for 20 ms");
  EXPECT_FALSE(pair.link->wake_at());
}

TEST(StreamLink, without_a_limit_silence_is_no_reason) {
  auto pair = make_pair();
  EXPECT_FALSE(pair.link->wake_at());
  EXPECT_FALSE(pair.link->receive());
  EXPECT_TRUE(pair.link->is_open());
}

}  // namespace
}  // namespace utnt::fleet
