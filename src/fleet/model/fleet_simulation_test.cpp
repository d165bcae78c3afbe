// SPDX-License-Identifier: BSD-2-Clause
// The fleet under every fault that the model knows: what is checked after each step and at the end stands in
// fleet_world_test_support.hpp. Cases F3 to F6, F10, F11 and F15 of the fleet specification, section 3.6.
#include <gtest/gtest.h>

#include "fleet/model/fleet_world_test_support.hpp"
#include "support/property.hpp"

namespace utnt::fleet::test {
namespace {

constexpr Duration hours{4LL * 3'600 * 1'000'000'000};

/// `count` jobs in the first `within`, some of them asked for twice, some urgent, some with deadlines.
void ask(FleetWorld& world, Prng& prng, std::uint64_t count, Duration within, bool has_deadlines) {
  const auto moment = [&] {
    return Duration{static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(within.ns())))};
  };
  for (std::uint64_t event = 0; event < count; ++event) {
    auto job = job_number(event, world.node_names());
    job.priority = static_cast<int>(prng.below(3)) - 1;
    const auto when = moment();
    if (has_deadlines && prng.chance(1, 4)) job.start_by = Instant{} + when + seconds(20);
    if (has_deadlines && prng.chance(1, 4)) job.finish_by = Instant{} + when + seconds(60);
    world.accept_at(when, job);
    if (prng.chance(1, 5)) world.accept_at(moment(), job);
  }
}

Setting any_setting(std::uint64_t seed, Prng& prng) {
  Setting setting{.seed = seed};
  setting.nodes = 1 + prng.below(5);
  setting.slots = static_cast<std::uint32_t>(1 + prng.below(3));
  if (prng.chance(1, 2)) setting.policy.when_busy = WhenBusy::discard;
  setting.run_max = seconds(prng.chance(1, 3) ? 100 : 8);
  return setting;
}

/// Some kinds of fault off, some extreme.
Faults any_faults(Prng& prng) {
  const auto rate = [&](std::uint64_t most) { return prng.chance(1, 2) ? 0 : prng.below(most); };
  Faults faults{.until = seconds(300)};
  faults.lose = rate(400);
  faults.repeat = rate(400);
  faults.reorder = rate(800);
  faults.cut = rate(30);
  faults.crash = rate(2'000);
  faults.bad_images = rate(300);
  faults.poison = rate(400);
  return faults;
}

TEST(Fleet, WithoutFaultsRunsEveryJobOnceAndKeepsEveryResultOnce) {
  FleetWorld world{{.seed = 1, .nodes = 3}};
  Prng prng{1};
  ask(world, prng, 60, seconds(120), false);
  world.run(hours);
  EXPECT_EQ(world.count(JobState::done), 60U);
  EXPECT_EQ(world.tally().runs, 60U);
  EXPECT_EQ(world.results(), 60U);
  EXPECT_EQ(world.tally().drops, 60U);
}

TEST(Fleet, WithoutFaultsDiscardsExactlyWhatFindsNoSlot) {
  Policy policy;
  policy.when_busy = WhenBusy::discard;
  FleetWorld world{{.seed = 1, .nodes = 2, .policy = policy}};
  Prng prng{1};
  ask(world, prng, 60, seconds(120), false);
  world.run(hours);
  EXPECT_EQ(world.count(JobState::done) + world.count(JobState::refused), 60U);
  EXPECT_GT(world.count(JobState::refused), 0U);
  EXPECT_EQ(world.tally().runs, world.count(JobState::done));
}

TEST(Fleet, ThatGetsTheSameListTwiceRunsItOnce) {
  FleetWorld world{{.seed = 1, .nodes = 2, .run_max = seconds(2)}};
  for (const std::int64_t start : {1, 100})
    for (std::uint64_t event = 0; event < 20; ++event)
      world.accept_at(seconds(start), job_number(event, world.node_names()));
  world.run(hours);
  EXPECT_EQ(world.rows(), 20U);
  EXPECT_EQ(world.tally().runs, 20U);
}

TEST(Fleet, FailsPoisonousJobsAfterTheirAttemptsAndRunsTheOthers) {
  FleetWorld world{{.seed = 1, .nodes = 2, .faults = {.poison = 300}, .run_max = seconds(3)}};
  Prng prng{1};
  ask(world, prng, 60, seconds(60), false);
  world.run(hours);
  EXPECT_GT(world.count(JobState::failed), 5U);
  EXPECT_EQ(world.count(JobState::done) + world.count(JobState::failed), 60U);
  EXPECT_EQ(world.tally().runs, world.count(JobState::done) + 3 * world.count(JobState::failed));
}

TEST(Fleet, GivesAJobToAnotherNodeWhenItsNodeIsGoneForEver) {
  FleetWorld world{{.seed = 1, .nodes = 2, .faults = {.until = seconds(8), .gone = 0}, .run_max = seconds(30)}};
  for (std::uint64_t event = 0; event < 10; ++event) world.accept_at(seconds(3), job_number(event, world.node_names()));
  world.run(hours);
  EXPECT_EQ(world.count(JobState::done), 10U);
}

TEST(Fleet, EndsAsUnknownUnderDiscardWhatAVanishedNodeHad) {
  Policy policy;
  policy.when_busy = WhenBusy::discard;
  FleetWorld world{
      {.seed = 1, .nodes = 2, .policy = policy, .faults = {.until = seconds(8), .gone = 0}, .run_max = seconds(300)}};
  for (std::uint64_t event = 0; event < 2; ++event) world.accept_at(seconds(3), job_number(event, world.node_names()));
  world.run(hours);
  EXPECT_EQ(world.count(JobState::unknown), 1U);
  EXPECT_EQ(world.count(JobState::done), 1U);
}

TEST(Fleet, StopsWhenItIsToldTo) {
  FleetWorld world{{.seed = 3, .nodes = 3, .run_max = seconds(100)}};
  Prng prng{1};
  ask(world, prng, 40, seconds(20), false);
  world.stop_at(seconds(40));
  world.run(hours);
  EXPECT_GT(world.count(JobState::cancelled), 10U);
  EXPECT_EQ(world.count(JobState::failed), 3U);
  EXPECT_LT(world.now().ns(), at(180).ns());
}

PROPERTY("a fleet under any faults keeps its promises", prng) {
  const auto seed = prng.next();
  auto setting = any_setting(seed, prng);
  setting.faults = any_faults(prng);
  if (setting.nodes > 1 && prng.chance(1, 4)) setting.faults.gone = prng.below(setting.nodes);
  FleetWorld world{setting};
  ask(world, prng, 30, seconds(200), prng.chance(1, 2));
  for (std::uint64_t event = 0; event < 30; event += 7)
    if (prng.chance(1, 3)) world.cancel_at(seconds(static_cast<std::int64_t>(prng.below(250))), order_number(event).id);
  world.run(hours);
  EXPECT_EQ(world.rows(), 30U);
}

/// Every fault point of a small fleet, one after the other: the process that is there dies, and starts again later.
void walk(WhenBusy when_busy) {
  Setting setting{.seed = 7, .nodes = 2, .run_max = seconds(5)};
  setting.policy.when_busy = when_busy;
  const auto run = [&] {
    FleetWorld world{setting};
    for (std::uint64_t event = 0; event < 5; ++event)
      world.accept_at(seconds(2 + static_cast<std::int64_t>(event)), job_number(event, world.node_names()));
    world.run(hours);
    EXPECT_EQ(world.rows(), 5U);
    return world.tally();
  };
  const auto quiet = run();
  std::uint64_t crashes = 0;
  for (std::uint64_t at_point = 1; at_point <= quiet.points; ++at_point) {
    SCOPED_TRACE("crash at fault point " + std::to_string(at_point));
    setting.faults.crash_at = at_point;
    const auto tally = run();
    crashes += tally.crashes;
    EXPECT_LE(tally.runs, quiet.runs + (when_busy == WhenBusy::wait ? 1 : 2));
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_EQ(crashes, quiet.points);
  EXPECT_GT(crashes, 100U);
}

TEST(Fleet, SurvivesACrashAtEveryFaultPointUnderWait) { walk(WhenBusy::wait); }
TEST(Fleet, SurvivesACrashAtEveryFaultPointUnderDiscard) { walk(WhenBusy::discard); }

PROPERTY("a fleet survives crashes at every second step for a while", prng) {
  Setting setting{.seed = prng.next(), .nodes = 2, .run_max = seconds(5)};
  if (prng.chance(1, 2)) setting.policy.when_busy = WhenBusy::discard;
  setting.faults = {.until = seconds(200), .crash = 2'000 + prng.below(40'000)};
  FleetWorld world{setting};
  ask(world, prng, 15, seconds(150), false);
  world.run(hours);
  EXPECT_EQ(world.rows(), 15U);
  EXPECT_GT(world.tally().crashes, 0U);
}

}  // namespace
}  // namespace utnt::fleet::test
