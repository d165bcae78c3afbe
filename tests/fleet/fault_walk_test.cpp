// SPDX-License-Identifier: BSD-2-Clause
// Kills controller and agent at every step that they take, cuts the link after every message, loses what can be lost:
// whatever happens, no result is lost, none counts twice, every accepted job has one final state. Source: the fleet
// specification, section 3.6. UTNT_FAULT_WALK=all walks every step, otherwise a fixed tenth.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fault_world.hpp"
#include "fleet/node/durable_file.hpp"

namespace utnt::fleet::test {
namespace {

constexpr std::uint32_t jobs = 3;

bool is_whole_walk() {
  const char* const wanted = std::getenv("UTNT_FAULT_WALK");
  return wanted != nullptr && std::string_view{wanted} == "all";
}

struct Totals {
  std::uint64_t injected{0}, lost{0}, twice{0}, ran_again{0}, unsettled{0}, unbalanced{0}, done{0};
  void print(const char* what) const {
    std::printf(
        "%s: %lu faults injected, %lu results lost, %lu counted twice, %lu run again under discard, %lu ledgers out "
        "of balance, %lu of %lu jobs done\n",
        what, injected, lost, twice, ran_again, unbalanced, done, injected * jobs);
  }
};

/// One world for each step up to `steps`; `plan_of(n)` strikes at step n.
template <class PlanOf>
Totals walk(std::uint64_t steps, const PlanOf& plan_of) {
  Totals totals;
  const std::uint64_t stride = is_whole_walk() ? 1 : 10, first = is_whole_walk() ? 1 : 3;
  for (auto step = first; step <= steps; step += stride) {
    FaultWorld world{plan_of(step), jobs};
    const auto outcome = world.run();
    ++totals.injected;
    totals.lost += outcome.lost;
    totals.twice += outcome.twice;
    totals.ran_again += outcome.runs_over;
    totals.done += outcome.done;
    totals.unsettled += outcome.is_settled ? 0 : 1;
    totals.unbalanced += outcome.imbalance.empty() ? 0 : 1;
    EXPECT_TRUE(outcome.is_settled) << "step " << step;
    EXPECT_EQ(outcome.lost, 0U) << "step " << step;
    EXPECT_EQ(outcome.twice, 0U) << "step " << step;
    EXPECT_EQ(outcome.runs_over, 0U) << "step " << step;
    EXPECT_EQ(outcome.imbalance, "") << "step " << step;
  }
  return totals;
}

Outcome without_fault(WhenBusy when_busy) {
  FaultWorld world{{.when_busy = when_busy}, jobs};
  auto outcome = world.run();
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_EQ(outcome.done, jobs);
  EXPECT_EQ(outcome.lost, 0U);
  return outcome;
}

class FaultWalk : public testing::TestWithParam<WhenBusy> {};

TEST_P(FaultWalk, controller_killed_at_every_step_of_the_store) {
  const auto steps = without_fault(GetParam()).controller_points;
  ASSERT_GT(steps, 50U);
  const auto totals =
      walk(steps, [](std::uint64_t step) { return FaultPlan{.when_busy = GetParam(), .kill_controller_at = step}; });
  totals.print("controller killed");
  if (GetParam() == WhenBusy::wait) {
    EXPECT_EQ(totals.done, totals.injected * jobs);
  }
}

/// As in the program: a thread writes, and what comes meanwhile is written together. How many steps that makes depends
/// on who is faster, so some of the last may lie behind the end: then nobody is killed, and nothing is lost either.
TEST_P(FaultWalk, controller_killed_while_another_thread_writes) {
  FaultWorld world{{.when_busy = GetParam(), .writes = Committer::Where::aside}, jobs};
  const auto steps = world.run().controller_points;
  ASSERT_GT(steps, 50U);
  const auto totals = walk(steps, [](std::uint64_t step) {
    return FaultPlan{.when_busy = GetParam(), .writes = Committer::Where::aside, .kill_controller_at = step};
  });
  totals.print("controller killed beside its writer");
  if (GetParam() == WhenBusy::wait) {
    EXPECT_EQ(totals.done, totals.injected * jobs);
  }
}

TEST_P(FaultWalk, agent_killed_at_every_step) {
  const auto steps = without_fault(GetParam()).agent_points;
  ASSERT_GT(steps, 50U);
  const auto totals =
      walk(steps, [](std::uint64_t step) { return FaultPlan{.when_busy = GetParam(), .kill_agent_at = step}; });
  totals.print("agent killed");
  if (GetParam() == WhenBusy::wait) {
    EXPECT_EQ(totals.done, totals.injected * jobs);
  }
}

TEST_P(FaultWalk, link_cut_after_every_message) {
  const auto steps = without_fault(GetParam()).messages;
  ASSERT_GT(steps, 20U);
  const auto totals =
      walk(steps, [](std::uint64_t step) { return FaultPlan{.when_busy = GetParam(), .cut_after = step}; });
  totals.print("link cut");
  EXPECT_EQ(totals.done, totals.injected * jobs) << "a cut link alone ends no run";
}

INSTANTIATE_TEST_SUITE_P(Policies, FaultWalk, testing::Values(WhenBusy::wait, WhenBusy::discard),
                         [](const auto& with) { return with.param == WhenBusy::wait ? "wait" : "discard"; });

TEST(Faults, a_lost_receipt_is_asked_for) {
  std::uint64_t lost = 0;
  FaultWorld world{{.meddler =
                        [&lost](Message& message, bool is_to_agent) {
                          const bool is_it = is_to_agent && message.kind == MessageKind::receipt;
                          lost += is_it ? 1 : 0;
                          return is_it ? Fate::is_lost : Fate::arrives;
                        }},
                   jobs};
  const auto outcome = world.run();
  EXPECT_GE(lost, jobs);
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_EQ(outcome.done, jobs);
  EXPECT_EQ(outcome.lost + outcome.twice, 0U);
}

TEST(Faults, each_kind_of_message_may_get_lost_once) {
  for (const auto kind : {MessageKind::hello, MessageKind::fetch, MessageKind::claim, MessageKind::finish,
                          MessageKind::result, MessageKind::have, MessageKind::image_get, MessageKind::welcome,
                          MessageKind::job, MessageKind::receipt, MessageKind::held, MessageKind::image_part}) {
    if (kind == MessageKind::hello || kind == MessageKind::welcome)
      continue;  // a stream loses these with its link only
    bool is_lost = false;
    FaultWorld world{{.meddler =
                          [&](Message& message, bool) {
                            if (is_lost || message.kind != kind) return Fate::arrives;
                            is_lost = true;
                            return Fate::is_lost;
                          }},
                     jobs};
    const auto outcome = world.run();
    EXPECT_TRUE(outcome.is_settled) << static_cast<int>(kind);
    EXPECT_EQ(outcome.done, jobs) << static_cast<int>(kind);
    EXPECT_EQ(outcome.lost + outcome.twice, 0U) << static_cast<int>(kind);
  }
}

TEST(Faults, an_image_that_was_altered_on_the_way_is_fetched_again) {
  bool is_altered = false;
  FaultWorld world{{.meddler =
                        [&](Message& message, bool) {
                          if (message.kind == MessageKind::image_part && !std::exchange(is_altered, true))
                            message.body[77] ^= std::byte{4};
                          return Fate::arrives;
                        }},
                   jobs};
  const auto outcome = world.run();
  EXPECT_TRUE(is_altered);
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_EQ(outcome.done, jobs) << "under wait an attempt that was refused its image is made again";
}

TEST(Faults, an_image_that_was_damaged_on_the_node_is_not_run_but_fetched_again) {
  FaultWorld world{{}, jobs};
  ASSERT_TRUE(world.run().is_settled);
  for (const auto& name : names_in(world.spool() + "/images")) {
    const auto path = world.spool() + "/images/" + name;
    std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    std::fstream{path, std::ios::in | std::ios::out | std::ios::binary} << "x";
  }
  JobRecord request;
  request.order = world.order(100);
  request.nodes = {"node-1"};
  world.controller->accept({request}, {.campaign = "walk", .event = 100, .jobs = 1});
  for (int i = 0; i < 3'000 && !world.controller->is_settled(); ++i) world.turn();
  const auto job = world.store->find_job(request.order.id);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, JobState::done);
}

TEST(Faults, a_clock_that_jumps_by_a_day_expires_nothing_and_revives_nothing) {
  for (const std::int64_t jump : {std::int64_t{86'400'000'000'000}, std::int64_t{-86'400'000'000'000}}) {
    FaultWorld world{{}, jobs};
    world.with = [](JobRecord& job) {
      job.start_by = os_linux::monotonic_now() + Duration{3'600'000'000'000};
      job.finish_by = os_linux::monotonic_now() + Duration{7'200'000'000'000};
    };
    world.restart_controller();  // accepted, no agent yet
    world.clock_jump_ns = jump;
    world.restart_controller();
    const auto outcome = world.run();
    EXPECT_EQ(outcome.done, jobs) << jump;
    EXPECT_EQ(outcome.lost, 0U) << jump;
  }
}

TEST(Faults, the_same_list_twice_adds_nothing) {
  FaultWorld world{{}, jobs};
  ASSERT_TRUE(world.run().is_settled);
  const auto runs = world.variants.starts;
  for (const auto answer : world.offer_events()) EXPECT_EQ(answer, Acceptance::duplicate);
  world.restart_controller();
  for (const auto answer : world.offer_events()) EXPECT_EQ(answer, Acceptance::duplicate);
  for (int i = 0; i < 50; ++i) world.turn();
  EXPECT_EQ(world.variants.starts, runs);
  EXPECT_EQ(world.outcome().done, jobs);
  EXPECT_EQ(world.store->balance().accepted, jobs);
}

TEST(Faults, a_poison_job_fails_after_its_attempts_and_blocks_nobody) {
  FaultWorld world{{}, jobs};
  world.attempts_max = 3;
  const auto poison = world.order(1).id;
  world.variants.plan_of = [&](const Order& order) {
    return FakePlan{.lasts = {}, .payload = 10, .reason = order.id == poison ? "crashed" : ""};
  };
  const auto outcome = world.run();
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_EQ(outcome.done, jobs - 1);
  const auto job = world.store->find_job(poison);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, JobState::failed);
  EXPECT_EQ(job->reason, reason::crashed);
  EXPECT_EQ(world.variants.starts.at(poison), 3U);
  EXPECT_EQ(outcome.imbalance, "");
}

TEST(Faults, a_full_disk_on_the_node_refuses_before_probing_and_loses_nothing) {
  FaultWorld world{{}, jobs};
  world.config.spool_reserve_bytes = std::uint64_t{1} << 60;
  const auto outcome = world.run();
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_TRUE(world.variants.starts.empty());
  for (std::uint64_t event = 1; event <= jobs; ++event) {
    const auto job = world.store->find_job(world.order(event).id);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->state, JobState::refused);
    EXPECT_EQ(job->reason, reason::no_space);
  }
}

}  // namespace
}  // namespace utnt::fleet::test
