// SPDX-License-Identifier: BSD-2-Clause
// Links to child programs: /bin/cat answers each message with itself, others fail in ways that why() has to tell.
#include "fleet/transport/process_link.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "fleet/transport/message_test_support.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using namespace utnt::literals;

Command shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }

void wait_for(const Link& link) {
  int patience_ms = 5000;
  if (const auto wake = link.wake_at())
    patience_ms = static_cast<int>(std::max<std::int64_t>(0, (*wake - os_linux::monotonic_now()).ns() / 1'000'000 + 1));
  pollfd ready{link.descriptor(), static_cast<short>(link.wants_write() ? POLLIN | POLLOUT : POLLIN), 0};
  ASSERT_GE(::poll(&ready, 1, patience_ms), 0);
}

std::optional<Message> next(Link& link) {
  const Instant deadline = os_linux::monotonic_now() + 10_s;
  while (link.is_open() && os_linux::monotonic_now() < deadline) {
    if (auto message = link.receive()) return message;
    if (link.is_open()) wait_for(link);
  }
  return std::nullopt;
}

TEST(ProcessLink, messages_go_through_a_child_and_back) {
  ProcessLink link{{.words = {"/bin/cat"}}};
  Prng prng{3};
  for (int i = 0; i < 50; ++i) {
    const Message message = test::any_message(prng);
    ASSERT_TRUE(link.send(message));
    EXPECT_EQ(next(link), message);
  }
  EXPECT_TRUE(link.is_open());
}

TEST(ProcessLink, the_queue_drains_through_the_one_descriptor) {
  ProcessLink link{{.words = {"/bin/cat"}}, {.queue_bytes_max = 3'000'000}};
  const Message message{.kind = MessageKind::image_part, .body = std::vector<std::byte>(message_body_max)};
  int sent = 0;
  while (link.send(message)) ASSERT_LT(++sent, 1000);
  EXPECT_GT(sent, 20);
  for (int i = 0; i < sent; ++i) ASSERT_EQ(next(link), message) << i;
  EXPECT_TRUE(link.send(message));
}

TEST(ProcessLink, what_the_child_said_and_how_it_ended_is_told) {
  ProcessLink link{shell("echo 'ssh: no route' >&2; printf 'second\\033[2Jline' >&2; exit 255")};
  EXPECT_FALSE(next(link));
  EXPECT_FALSE(link.is_open());
  EXPECT_EQ(link.why(), "the other side closed the connection (exit status 255): ssh: no route\nsecond[2Jline");
}

TEST(ProcessLink, a_child_that_complains_without_end_is_not_stopped_by_it) {
  ProcessLink link{shell("yes complaint | head -c 1000000 >&2; exec cat")};
  ASSERT_TRUE(link.send({.text = "through"}));
  const auto message = next(link);
  ASSERT_TRUE(message) << link.why();
  EXPECT_EQ(message->text, "through");
}

TEST(ProcessLink, a_killed_child_closes_the_link) {
  ProcessLink link{{.words = {"/bin/cat"}}};
  ASSERT_EQ(::kill(link.child_id(), SIGKILL), 0);
  EXPECT_FALSE(next(link));
  EXPECT_FALSE(link.is_open());
  EXPECT_NE(link.why().find("signal 9"), std::string::npos) << link.why();
}

TEST(ProcessLink, a_stopped_child_is_a_half_open_link_and_found_by_its_silence) {
  ProcessLink link{{.words = {"/bin/cat"}}, {.silence_max = 50_ms}};
  ASSERT_EQ(::kill(link.child_id(), SIGSTOP), 0);
  EXPECT_TRUE(link.send({}));
  EXPECT_FALSE(next(link));
  EXPECT_FALSE(link.is_open());
  EXPECT_EQ(link.why(), "nothing was heard for 50 ms");
}

TEST(ProcessLink, the_child_is_gone_when_the_link_is) {
  int id = 0;
  {
    const ProcessLink link{shell("exec sleep 100")};
    id = link.child_id();
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1);
}

TEST(ProcessLink, what_was_sent_just_before_the_end_still_arrives) {
  const std::string path = testing::TempDir() + "/last_message";
  const Message message{.kind = MessageKind::stop};
  {
    ProcessLink link{shell("cat > '" + path + "'")};
    ASSERT_TRUE(link.send(message));
  }
  const auto stored = run_command({.words = {"cat", path}}, {});
  EXPECT_EQ(stored.output, test::text_of(test::frame_of(message)));
  ::remove(path.c_str());
}

TEST(ProcessLink, a_closed_link_lets_its_child_end_before_it_is_destroyed) {
  const std::string path = testing::TempDir() + "/ended_by_itself";
  ::remove(path.c_str());
  ProcessLink link{shell("cat; echo done > '" + path + "'")};
  link.close("the end of the test");
  EXPECT_FALSE(link.is_open());
  EXPECT_FALSE(link.send({}));
  EXPECT_FALSE(link.receive());
  EXPECT_EQ(link.why(), "the end of the test");
  for (int i = 0; i < 1000 && ::access(path.c_str(), F_OK) != 0; ++i) ::poll(nullptr, 0, 10);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  ::remove(path.c_str());
}

TEST(ProcessLink, a_program_that_is_not_there_is_named) {
  EXPECT_THROW((ProcessLink{{.words = {"/no/such/relay"}}}), os_linux::Failure);
}

TEST(ProcessLink, the_local_relay_is_told_its_spool) {
  EXPECT_EQ(local_relay_command("/usr/lib/utnt/utnt-node", "/var/spool/a b").words,
            (std::vector<std::string>{"/usr/lib/utnt/utnt-node", "relay", "--spool", "/var/spool/a b"}));
}

}  // namespace
}  // namespace utnt::fleet
