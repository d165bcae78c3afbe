// SPDX-License-Identifier: BSD-2-Clause
// A link that dies without a word: sockets stay open at both ends, and nothing arrives any more. Both ends find out by
// their own clock within a stated time, the controller connects again, and no job runs twice for it. Source: the fleet
// specification, section 3.6, case F5. UTNT_FAULT_WALK=all has it happen after every message, otherwise after a tenth.
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "fault_world.hpp"
#include "fleet/node/durable_file.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet::test {
namespace {

using os_linux::monotonic_now;

constexpr std::uint32_t jobs = 3;
constexpr Duration silence{400'000'000}, second{1'000'000'000};
constexpr Duration allowance{4'000'000'000};  ///< what a loaded machine explains

/// Silences the link at this message, once.
Meddler silence_at(std::uint64_t place, std::uint64_t& seen) {
  return [place, &seen](Message&, bool) { return ++seen == place ? Fate::silences_link : Fate::arrives; };
}

class HalfOpenLink : public testing::TestWithParam<WhenBusy> {};

TEST_P(HalfOpenLink, is_found_and_replaced_wherever_it_happens_and_nothing_runs_twice) {
  const char* const wanted = std::getenv("UTNT_FAULT_WALK");
  const bool is_whole = wanted != nullptr && std::string_view{wanted} == "all";
  std::uint64_t places = 0, injected = 0, lost = 0, twice = 0, again = 0, done = 0;
  {
    FaultWorld world{{.when_busy = GetParam()}, jobs};
    world.silence_max = silence;
    const auto outcome = world.run();
    ASSERT_EQ(outcome.done, jobs);
    places = outcome.messages;
  }
  Duration longest{0};
  for (std::uint64_t place = is_whole ? 1 : 3; place <= places; place += is_whole ? 1 : 10) {
    std::uint64_t seen = 0;
    FaultWorld world{{.when_busy = GetParam(), .meddler = silence_at(place, seen)}, jobs};
    world.silence_max = silence;
    const auto begin = monotonic_now();
    const auto outcome = world.run();
    longest = std::max(longest, monotonic_now() - begin);
    EXPECT_TRUE(outcome.is_settled) << "message " << place;
    EXPECT_EQ(outcome.done, jobs) << "message " << place;
    EXPECT_EQ(outcome.imbalance, "") << "message " << place;
    EXPECT_EQ(outcome.lost + outcome.twice, 0U) << "message " << place;
    for (const auto& [job, starts] : world.variants.starts) again += starts - 1;
    injected += world.silenced.empty() ? 0 : 1;
    lost += outcome.lost;
    twice += outcome.twice;
    done += outcome.done;
  }
  EXPECT_GT(injected, 0U);
  EXPECT_EQ(again, 0U) << "the job's node comes back before its lease ends";
  EXPECT_LT(longest, second * 10);
  std::printf(
      "half-open link: %lu faults injected, %lu results lost, %lu counted twice, %lu run again, %lu of %lu jobs done\n",
      injected, lost, twice, again, done, injected * jobs);
}

INSTANTIATE_TEST_SUITE_P(Policies, HalfOpenLink, testing::Values(WhenBusy::wait, WhenBusy::discard),
                         [](const auto& with) { return with.param == WhenBusy::wait ? "wait" : "discard"; });

/// Whether whoever has the other end of this socket has closed it.
bool is_left(const Link& link) {
  pollfd look{link.descriptor(), POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP)) != 0;
}

TEST(HalfOpen, the_node_alone_lets_go_of_its_link_and_its_dead_mans_timer_ends_the_run) {
  bool is_silent = false;
  std::uint64_t beats = 0;
  FaultWorld world{{.meddler =
                        [&](Message& message, bool) {
                          beats += message.kind == MessageKind::beat ? 1 : 0;
                          return std::exchange(is_silent, false) ? Fate::silences_link : Fate::arrives;
                        }},
                   1};
  world.silence_max = silence;
  world.variants.plan.lasts = second * 60;
  world.shape = [](Order& order) { order.dead_man_seconds = 2; };
  const auto until = [&](const auto& condition) {
    for (const auto end = monotonic_now() + second * 10; monotonic_now() < end && !condition();) world.turn();
    return condition();
  };
  ASSERT_TRUE(until([&] { return beats > 0 && world.variants.starts.size() == 1; }));
  world.is_unreachable = true;
  is_silent = true;
  ASSERT_TRUE(until([&] { return !world.silenced.empty(); }));
  const auto begin = monotonic_now();
  const auto& old_end = *world.silenced.front();
  ASSERT_FALSE(is_left(old_end));
  ASSERT_TRUE(until([&] { return is_left(old_end); }));
  EXPECT_LT(monotonic_now() - begin, silence + allowance);
  ASSERT_TRUE(until([&] { return !world.controller->is_connected("node-1"); }));
  EXPECT_LT(monotonic_now() - begin, silence * 2 + allowance);
  const auto results = world.spool() + "/results";
  ASSERT_TRUE(until([&] { return !names_in(results).empty(); })) << "the dead man's timer";
  const auto after = monotonic_now() - begin;
  EXPECT_GT(after, second * 3 / 2) << "not before its time";
  EXPECT_LT(after, second * 2 + allowance);
  world.variants.plan.lasts = {};
  world.is_unreachable = false;
  const auto outcome = world.run();
  EXPECT_EQ(outcome.done, 1U) << "under wait it is tried again";
  EXPECT_EQ(outcome.imbalance, "");
  const auto rows = world.store->results_of(world.order(1).id);
  ASSERT_EQ(rows.size(), 2U) << "what the first attempt had is kept";
  EXPECT_EQ(world.variants.starts.at(world.order(1).id), 2U);
}

}  // namespace
}  // namespace utnt::fleet::test
