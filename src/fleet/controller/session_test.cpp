// SPDX-License-Identifier: BSD-2-Clause
// When a node is tried again, and when it is given up, in virtual time.
#include "fleet/controller/session.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using namespace utnt::literals;

/// A link that ends at once, for a reason, after saying something or nothing.
class DeadLink final : public Link {
 public:
  DeadLink(std::string why, bool says_hello) : why_{std::move(why)}, says_hello_{says_hello} {}
  bool send(const Message&) override { return true; }
  std::optional<Message> receive() override {
    if (!std::exchange(says_hello_, false)) {
      is_open_ = false;
      return std::nullopt;
    }
    return Message{.kind = MessageKind::hello};
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] bool wants_write() const override { return false; }
  [[nodiscard]] bool is_open() const override { return is_open_; }
  [[nodiscard]] std::string why() const override { return why_; }

 private:
  std::string why_;
  bool says_hello_;
  bool is_open_{true};
};

class SessionOfANode : public testing::Test {
 protected:
  static constexpr Duration limit = 600_s;

  [[nodiscard]] ControlledNode node() {
    return {.name = "paris-1",
            .connect = [this]() -> std::unique_ptr<Link> {
              ++connections;
              if (cannot_start) throw os_linux::Failure{os_linux::ExitCode::environment, "no such program"};
              return std::make_unique<DeadLink>(why, says_hello);
            },
            .can_heal = [](const std::string& text) { return text.find("refused for good") == std::string::npos; }};
  }
  /// Until the next trouble, or `until`.
  std::optional<NodeTrouble> next(Session& session, Instant until) {
    while (now < until) {
      session.connect_when_due(now);
      while (session.receive(now)) {
      }
      if (auto trouble = session.take_lost()) return trouble;
      now = std::max(now + 1_ms, session.retry_at());
    }
    return std::nullopt;
  }
  [[nodiscard]] static Instant at(Duration since_start) { return Instant{} + since_start; }

  std::string why{"connection refused"};
  bool says_hello{false};
  bool cannot_start{false};
  int connections{0};
  Instant now;
};

TEST_F(SessionOfANode, tries_again_with_growing_pauses_until_the_limit) {
  Session session{node(), {}, 1, limit};
  std::vector<NodeTrouble> troubles;
  while (const auto trouble = next(session, at(limit * 2))) {
    troubles.push_back(*trouble);
    if (trouble->is_given_up) break;
    EXPECT_LE(trouble->next_try, 30_s);
    EXPECT_GE(trouble->next_try, 125_ms);
    EXPECT_EQ(trouble->given_up_in, at(limit) - now);
    EXPECT_EQ(trouble->is_repeated, troubles.size() > 1);
    EXPECT_EQ(trouble->tries, troubles.size());
  }
  ASSERT_FALSE(troubles.empty());
  EXPECT_TRUE(troubles.back().is_given_up);
  EXPECT_TRUE(session.is_given_up());
  EXPECT_EQ(now, at(limit)) << "the last try is at the limit, not after it";
  EXPECT_EQ(troubles.back().why, "connection refused (for 10 min)");
  // Pauses of 0.25 s, doubling up to 30 s, between half and the whole: some 30 tries, at the most twice as many.
  EXPECT_GE(troubles.size(), 24U);
  EXPECT_LE(troubles.size(), 60U);
}

TEST_F(SessionOfANode, gives_up_at_once_what_no_time_can_heal) {
  why = "refused for good";
  Session session{node(), {}, 1, limit};
  const auto trouble = next(session, at(1_s));
  ASSERT_TRUE(trouble);
  EXPECT_TRUE(trouble->is_given_up);
  EXPECT_EQ(trouble->why, "refused for good");
  EXPECT_EQ(connections, 1);
}

TEST_F(SessionOfANode, tries_rarely_and_says_nothing_once_it_has_given_up) {
  why = "refused for good";
  Session session{node(), {}, 1, limit};
  ASSERT_TRUE(next(session, at(1_s)));
  EXPECT_FALSE(next(session, at(3'600_s)));
  EXPECT_GE(connections, 60) << "at least every minute";
  EXPECT_LE(connections, 121);
}

TEST_F(SessionOfANode, comes_rarely_while_another_controller_is_served_there) {
  says_hello = true;
  Session session{node(), {}, 1, limit};
  session.connect_when_due(now);
  EXPECT_FALSE(session.gives_way()) << "who is started last takes the node";
  session.welcome();
  EXPECT_TRUE(session.gives_way()) << "who lost it does not take it back";
  std::vector<NodeTrouble> troubles;
  while (now <= at(limit) && !session.is_given_up()) {
    session.give_way("served by another controller", now);
    const auto trouble = session.take_lost();
    ASSERT_TRUE(trouble);
    troubles.push_back(*trouble);
    now = session.retry_at();
    session.connect_when_due(now);
  }
  EXPECT_TRUE(session.is_given_up()) << "at the limit, as when it cannot be reached";
  for (std::size_t i = 0; i + 2 < troubles.size(); ++i) EXPECT_GE(troubles[i].next_try, 15_s);
  EXPECT_LE(troubles.size(), 42U);  // 600 s of pauses between 15 s and 30 s
  session.welcome();
  EXPECT_FALSE(session.is_given_up());
}

TEST_F(SessionOfANode, takes_a_node_back_that_was_given_up) {
  why = "refused for good";
  Session session{node(), {}, 1, limit};
  ASSERT_TRUE(next(session, at(1_s)));
  says_hello = true;
  now = session.retry_at();
  session.connect_when_due(now);
  ASSERT_TRUE(session.receive(now));
  session.welcome();
  EXPECT_TRUE(session.is_welcome());
  EXPECT_FALSE(session.is_given_up());
  // Lost again: the limit counts from now.
  const auto begin = now;
  auto trouble = next(session, now + 1_s);
  ASSERT_TRUE(trouble);
  EXPECT_FALSE(trouble->is_given_up) << "who was there once is not refused for good";
  EXPECT_EQ(trouble->tries, 1U);
  EXPECT_EQ(trouble->given_up_in, begin + limit - now);
}

TEST_F(SessionOfANode, takes_what_it_says_to_a_node_that_it_does_not_welcome_for_good) {
  says_hello = true;
  Session session{node(), {}, 1, limit};
  session.connect_when_due(now);
  ASSERT_TRUE(session.receive(now));
  session.close("its key was revoked", now, false);
  const auto trouble = session.take_lost();
  ASSERT_TRUE(trouble);
  EXPECT_TRUE(trouble->is_given_up);
  EXPECT_FALSE(session.is_welcome());
}

TEST_F(SessionOfANode, takes_a_program_that_cannot_be_started_for_trouble_as_well) {
  cannot_start = true;
  Session session{node(), {}, 1, limit};
  const auto trouble = next(session, at(1_s));
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->why, "no such program");
  EXPECT_FALSE(trouble->is_given_up);
}

TEST_F(SessionOfANode, prepares_before_it_connects_and_again_when_nothing_came_of_it) {
  int preparations = 0;
  Prepared result{.why = "no answer"};
  auto prepared = node();
  prepared.prepare = [&](int) {
    ++preparations;
    return result;
  };
  Session session{prepared, {}, 1, limit};
  const auto prepare = [&] {
    session.connect_when_due(now);
    ASSERT_TRUE(session.preparation());
    EXPECT_FALSE(session.is_connected());
    pollfd ready{session.preparation()->descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    session.connect_when_due(now);
    EXPECT_FALSE(session.preparation());
  };
  prepare();
  EXPECT_EQ(connections, 0);
  EXPECT_EQ(session.take_lost()->why, "no answer");
  EXPECT_FALSE(session.is_given_up());
  session.connect_when_due(now);
  EXPECT_FALSE(session.preparation()) << "not before its time";
  now = session.retry_at();
  result = {};
  prepare();
  EXPECT_EQ(connections, 1) << "connected as soon as it was ready";
  while (session.receive(now)) {
  }
  ASSERT_TRUE(session.take_lost());
  now = session.retry_at();
  says_hello = true;
  prepare();
  EXPECT_EQ(preparations, 3) << "nothing was heard on the last link";
  ASSERT_TRUE(session.receive(now));
  session.welcome();
  while (session.receive(now)) {
  }
  now = session.retry_at();
  session.connect_when_due(now);
  EXPECT_TRUE(session.is_connected()) << "what was there a moment ago need not be prepared";
  session.close("over", now);
  result = {.why = "another machine", .can_heal = false};
  now = session.retry_at();
  prepare();
  EXPECT_TRUE(session.is_given_up());
}

TEST(PreparationOfANode, ends_soon_when_nobody_waits_for_it_any_more) {
  bool was_cancelled = false;
  {
    const Preparation preparation{[&](int cancel) {
      pollfd ready{cancel, POLLIN, 0};
      was_cancelled = ::poll(&ready, 1, 10'000) == 1;
      return Prepared{};
    }};
  }
  EXPECT_TRUE(was_cancelled);
}

TEST(PreparationOfANode, turns_what_it_throws_into_a_reason) {
  Preparation preparation{[](int) -> Prepared { throw os_linux::Failure{os_linux::ExitCode::environment, "no host"}; }};
  pollfd ready{preparation.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
  const auto result = preparation.take();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->why, "no host");
  EXPECT_TRUE(result->can_heal);
  EXPECT_FALSE(preparation.take());
}

TEST(TroubleText, says_why_once_and_what_comes_next_always) {
  NodeTrouble trouble{.why = "no route", .tries = 1, .next_try = 400_ms, .given_up_in = 600_s};
  EXPECT_EQ(trouble_text(trouble), "not connected: no route; try 2 in 0.4 s, given up in 10 min");
  trouble.is_repeated = true;
  EXPECT_EQ(trouble_text(trouble), "still not connected; try 2 in 0.4 s, given up in 10 min");
  trouble.is_given_up = true;
  EXPECT_EQ(trouble_text(trouble), "given up: no route");
}

}  // namespace
}  // namespace utnt::fleet
