// SPDX-License-Identifier: BSD-2-Clause
// The agent as a controller sees it, over its socket: full disks, runs that break, silence, nonsense, another build.
#include <gtest/gtest.h>

#include "fleet/node/agent_socket_test_support.hpp"

namespace utnt::fleet {
namespace {

TEST_F(AgentOverItsSocket, refuses_a_job_that_the_disk_cannot_remember_and_runs_nothing_of_it) {
  bool is_full = true;
  setting.fault = [&is_full](std::string_view point) {
    if (is_full && point == "before write") throw os_linux::Failure{os_linux::ExitCode::environment, "no space"};
  };
  is_full = false;
  start();
  connect();
  turns(3);
  is_full = true;
  EXPECT_EQ(refusal(order()).reason, reason::no_space);
  EXPECT_FALSE(hear(MessageKind::claim, Duration{50'000'000}));
  EXPECT_TRUE(variants.starts.empty());
  is_full = false;
  offer(order(), 2);
  EXPECT_TRUE(hear(MessageKind::claim));
}

TEST_F(AgentOverItsSocket, keeps_a_result_that_the_disk_does_not_take_until_it_does) {
  bool is_full = false;
  setting.fault = [&is_full](std::string_view point) {
    if (is_full && point == "before sync") throw os_linux::Failure{os_linux::ExitCode::environment, "no space"};
  };
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  is_full = true;
  send_image();
  EXPECT_FALSE(hear(MessageKind::finish, Duration{200'000'000}));
  EXPECT_EQ(variants.starts.at(order().id), 1U);
  EXPECT_EQ(refusal(order(2)).reason, reason::no_space);
  is_full = false;
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text, "complete");
  EXPECT_EQ(journal(), 0U);
}

TEST_F(AgentOverItsSocket, ends_a_job_that_cannot_start_breaks_or_says_nonsense) {
  start();
  connect();
  std::uint64_t event = 0;
  const auto ending = [&](const FakePlan& plan) {
    variants.plan = plan;
    offer(order(++event));
    if (event == 1) {
      EXPECT_TRUE(hear(MessageKind::image_get));
      send_image();
    }
    const auto finish = hear(MessageKind::finish);
    return finish ? parse_ending(finish->text).reason : std::string{"nothing"};
  };
  EXPECT_EQ(ending({.cannot_start = true}), reason::not_able);
  EXPECT_EQ(ending({.breaks = true}), reason::crashed);
  EXPECT_EQ(ending({.has_bad_bundle = true}), reason::bad_result);
  EXPECT_EQ(ending({}), "");
}

TEST_F(AgentOverItsSocket, cancels_a_job_that_waits_for_its_image) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  say({.kind = MessageKind::cancel, .job = order().id, .attempt = 1});
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::cancelled);
  EXPECT_TRUE(variants.starts.empty());
}

TEST_F(AgentOverItsSocket, stops_sending_when_no_controller_was_heard_for_the_dead_mans_time) {
  variants.plan.lasts = Duration{30'000'000'000};
  start();
  connect();
  auto wanted = order();
  wanted.dead_man_seconds = 1;
  offer(wanted);
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(20);
  ASSERT_EQ(variants.starts.at(wanted.id), 1U);
  link.reset();
  const auto cut = monotonic_now();
  while (spooled() == 0 && monotonic_now() - cut < patience) turn();
  const auto after = monotonic_now() - cut;
  EXPECT_GT(after, Duration{800'000'000});
  EXPECT_LT(after, Duration{2'000'000'000});
  connect();
  ASSERT_TRUE(hear(MessageKind::have));
  say({.kind = MessageKind::held});
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::controller_gone);
}

TEST_F(AgentOverItsSocket, keeps_all_runs_together_below_the_nodes_packets_a_second) {
  config.pps_max = 100;
  config.slots = 5;
  variants.plan.lasts = patience;
  start();
  connect();
  for (std::uint64_t event = 1; event <= 5; ++event) {
    auto wanted = order(event);
    wanted.limits.pps = 1'000;
    wanted.id = order_id(wanted);
    offer(wanted);
  }
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(20);
  ASSERT_EQ(variants.settings.size(), 5U);
  std::uint32_t sum = 0;
  for (const auto& run : variants.settings) {
    EXPECT_GE(run.pps_max, 1U);
    sum += run.pps_max;
  }
  EXPECT_LE(sum, 100U);
  EXPECT_GT(sum, 90U);
}

TEST_F(AgentOverItsSocket, lives_on_whatever_a_controller_says) {
  start();
  connect();
  turns(3);
  say({.kind = MessageKind::welcome, .text = "[1,2"});
  say({.kind = MessageKind::welcome, .text = R"({"name":"../..","network":{"kind":"teleport"}})"});
  say({.kind = MessageKind::job, .job = "x", .attempt = 1, .text = "{}"});
  say({.kind = MessageKind::image_part, .digest = std::string(64, '0'), .total = 5});
  say({.kind = MessageKind::block_list, .digest = sha256_hex("x"), .text = "x"});
  say({.kind = MessageKind::receipt, .digest = std::string(64, '0')});
  say({.kind = MessageKind::held, .text = "a  b ../../etc/passwd"});
  say({.kind = MessageKind::hello, .text = "{}"});
  say({.kind = MessageKind::cancel, .job = "y", .attempt = 4});
  turns(20);
  offer(order());
  EXPECT_TRUE(hear(MessageKind::claim));
}

TEST_F(AgentOverItsSocket, hands_over_to_another_build_once_its_jobs_have_ended) {
  variants.plan.lasts = Duration{300'000'000};
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(10);
  say({.kind = MessageKind::drain, .digest = setting.program});
  turns(3);
  EXPECT_TRUE(turn()) << "its own build is no reason to end";
  say({.kind = MessageKind::drain, .digest = std::string(64, '2')});
  turns(3);
  EXPECT_EQ(refusal(order(2)).reason, reason::busy);
  bool goes_on = true;
  for (const auto end = monotonic_now() + patience; goes_on && monotonic_now() < end;) goes_on = turn();
  EXPECT_FALSE(goes_on);
  EXPECT_EQ(spooled(), 1U) << "the next agent sends it";
  EXPECT_FALSE(std::filesystem::exists(agent_socket(config.spool)));
}

TEST_F(AgentOverItsSocket, lets_in_who_came_in_the_moment_of_its_idle_end) {
  config.idle_seconds = 0;
  start();
  EXPECT_FALSE(turn());
  start();
  connect();
  EXPECT_TRUE(turn());
  EXPECT_TRUE(hear(MessageKind::hello));
  link.reset();
  bool goes_on = true;
  for (int i = 0; goes_on && i < 100; ++i) goes_on = turn();
  EXPECT_FALSE(goes_on);
}

}  // namespace
}  // namespace utnt::fleet
