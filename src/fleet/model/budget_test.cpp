// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

constexpr Instant in_s(std::int64_t seconds) { return Instant{seconds * 1'000'000'000}; }
constexpr std::int64_t hour_s = 3'600;
constexpr auto need = ProbeBudget::probes_per_target;
constexpr BudgetLimits no_limits{.pps = 0, .prefix_pps = 0, .probes_per_hour = 0, .prefix_probes_per_hour = 0};

/// Targets are named as they are needed: the wish borrows them.
struct Fleet {
  ProbeBudget budget;
  BudgetLimits limits{no_limits};
  ProbeBudget::Answer take(const std::string& job, const std::vector<std::string>& targets, Instant now = in_s(0),
                           std::uint32_t other_slots = 0, std::uint32_t pps = 1'000) {
    return budget.take(job, {.targets = targets, .pps = pps, .other_slots = other_slots}, limits, now);
  }
  void end(const std::string& job, std::uint64_t probes, Instant now) {
    budget.sent(job, probes, now);
    budget.settle([&](const std::string& one) { return one == job; }, now);
  }
};

PROPERTY("an hour's count is never less than what was added in the last hour, and nothing older than 65 minutes",
         prng) {
  HourCount count;
  std::vector<std::pair<Instant, std::uint64_t>> added;
  Instant now = in_s(static_cast<std::int64_t>(prng.below(1'000'000)));
  for (int step = 0; step < 200; ++step) {
    now = now + Duration{static_cast<std::int64_t>(prng.below(1'200)) * 1'000'000'000};
    const auto probes = prng.below(1'000);
    count.add(probes, now);
    added.emplace_back(now, probes);
    std::uint64_t least = 0, most = 0;
    for (const auto& [at, amount] : added) {
      if (now - at < Duration{hour_s * 1'000'000'000}) least += amount;
      if (now - at < Duration{(hour_s + 300) * 1'000'000'000}) most += amount;
    }
    EXPECT_GE(count.sum(now), least);
    EXPECT_LE(count.sum(now), most);
    const auto half = count.sum(now) / 2;
    const auto later = count.falls_to(half, now);
    EXPECT_LE(count.sum(later), half);
    EXPECT_LE(later - now, Duration{(hour_s + 300) * 1'000'000'000});
  }
}

TEST(HourCount, TakesBackWhatWasAddedThenAndNoMore) {
  HourCount count;
  count.add(10, in_s(0));
  count.add(5, in_s(600));
  count.take_back(7, in_s(100));
  EXPECT_EQ(count.sum(in_s(600)), 8U);
  count.take_back(100, in_s(0));
  EXPECT_EQ(count.sum(in_s(600)), 5U);
  count.take_back(5, in_s(3 * hour_s));
  EXPECT_EQ(count.sum(in_s(600)), 5U) << "nothing was added then";
  count.add(1, in_s(2 * hour_s));
  count.take_back(5, in_s(600));
  EXPECT_EQ(count.sum(in_s(2 * hour_s)), 1U) << "forgotten already";
}

TEST(ProbeBudget, ReservesForAPrefixOverAllJobsUntilItsHourIsUsed) {
  Fleet fleet;
  fleet.limits.prefix_probes_per_hour = 3 * need;
  EXPECT_TRUE(fleet.take("a", {"20.0.8.1"}).share);
  EXPECT_TRUE(fleet.take("b", {"20.0.8.255", "20.0.9.1"}).share);
  EXPECT_TRUE(fleet.take("c", {"20.0.8.7"}).share);
  const auto refused = fleet.take("d", {"20.0.8.9"});
  EXPECT_FALSE(refused.share);
  EXPECT_EQ(refused.why,
            "20.0.8.0/24: 192 of 192 probes an hour are used or promised and it may need 64; again in 65 min");
  EXPECT_TRUE(fleet.take("e", {"20.0.9.2"}).share);
  EXPECT_TRUE(fleet.take("f", {"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1::3"}).share);
  EXPECT_FALSE(fleet.take("g", {"2001:db8:1:ff::1"}).share) << "one /48";
  EXPECT_TRUE(fleet.take("h", {"2001:db8:2::1"}).share);
  EXPECT_TRUE(fleet.take("i", {"20.0.8.9"}, in_s(hour_s + 300)).share);
}

TEST(ProbeBudget, ChargesForWhatWasSent) {
  Fleet fleet;
  fleet.limits.prefix_probes_per_hour = 2 * need;
  EXPECT_TRUE(fleet.take("a", {"20.0.8.1"}).share);
  EXPECT_TRUE(fleet.take("b", {"20.0.8.1"}).share);
  EXPECT_FALSE(fleet.take("c", {"20.0.8.1"}).share);
  fleet.end("a", 10, in_s(1));
  fleet.end("b", 20, in_s(1));
  EXPECT_EQ(fleet.budget.probes_of_hour(in_s(1)), 30U);
  EXPECT_TRUE(fleet.take("c", {"20.0.8.1"}, in_s(1)).share);
  fleet.end("c", 100, in_s(2));  // more than was reserved
  EXPECT_EQ(fleet.budget.probes_of_hour(in_s(2)), 130U);
  EXPECT_FALSE(fleet.take("d", {"20.0.8.1"}, in_s(2)).share);
  EXPECT_TRUE(fleet.take("d", {"20.0.8.1"}, in_s(hour_s + 302)).share);
}

TEST(ProbeBudget, LimitsTheWholeNode) {
  Fleet fleet;
  fleet.limits.probes_per_hour = 5 * need;
  EXPECT_TRUE(fleet.take("a", {"20.0.1.1", "20.0.2.1", "20.0.3.1"}).share);
  const auto refused = fleet.take("b", {"20.1.1.1", "20.1.2.1", "20.1.3.1"});
  EXPECT_EQ(refused.why.find("this node: 192 of 320 probes an hour"), 0U) << refused.why;
  EXPECT_TRUE(fleet.take("b", {"20.1.1.1", "20.1.2.1"}).share);
  EXPECT_EQ(fleet.take("c", {"20.1.1.1", "20.1.2.1", "20.1.3.1", "20.1.4.1", "20.1.5.1", "20.1.6.1"}).why,
            "this node: it may need 384 probes, 320 are allowed in an hour");
}

TEST(ProbeBudget, AnotherAttemptOfAJobTakesThePlaceOfTheOneBefore) {
  Fleet fleet;
  fleet.limits.probes_per_hour = need;
  EXPECT_TRUE(fleet.take("a", {"20.0.1.1"}).share);
  EXPECT_TRUE(fleet.take("a", {"20.0.1.1"}).share);
  EXPECT_FALSE(fleet.take("b", {"20.0.1.1"}).share);
}

PROPERTY("shares of all running jobs together never exceed the rates of node and prefix, and none is without one",
         prng) {
  Fleet fleet;
  const auto slots = static_cast<std::uint32_t>(1 + prng.below(20));
  fleet.limits.pps = static_cast<std::uint32_t>(slots + prng.below(1'000));
  fleet.limits.prefix_pps = static_cast<std::uint32_t>(slots + prng.below(50));
  struct Job {
    std::vector<std::string> targets;
    ProbeBudget::Share share;
  };
  std::map<std::string, Job> running;
  for (int step = 0; step < 300; ++step) {
    if (running.size() == slots || (prng.below(3) == 0 && !running.empty())) {
      const auto over = running.begin()->first;
      running.erase(over);
      fleet.end(over, prng.below(100), in_s(step));
      continue;
    }
    Job job;
    for (std::uint64_t i = 0; i <= prng.below(3); ++i)
      job.targets.push_back("20.0." + std::to_string(i) + "." + std::to_string(prng.below(256)));
    const auto name = std::to_string(step);
    const auto answer =
        fleet.take(name, job.targets, in_s(step), slots - static_cast<std::uint32_t>(running.size()) - 1, 1'000'000);
    ASSERT_TRUE(answer.share) << answer.why;
    EXPECT_GE(answer.share->pps, 1U);
    EXPECT_GE(answer.share->prefix_pps, 1U);
    job.share = *answer.share;
    running[name] = job;
    std::uint64_t pps = 0;
    std::map<std::string, std::uint64_t> prefix_pps;
    for (const auto& [other, one] : running) {
      pps += one.share.pps;
      std::map<std::string, bool> of_job;
      for (const auto& target : one.targets) of_job[target.substr(0, target.rfind('.'))] = true;
      for (const auto& [prefix, yes] : of_job) prefix_pps[prefix] += one.share.prefix_pps;
    }
    EXPECT_LE(pps, fleet.limits.pps);
    for (const auto& [prefix, sum] : prefix_pps) EXPECT_LE(sum, fleet.limits.prefix_pps) << prefix;
  }
}

TEST(ProbeBudget, RefusesWhatWouldLeaveNoPacketASecond) {
  Fleet fleet;
  fleet.limits.prefix_pps = 2;
  EXPECT_EQ(fleet.take("a", {"20.0.8.1"}, in_s(0), 9).share->prefix_pps, 1U);
  EXPECT_EQ(fleet.take("b", {"20.0.8.1"}, in_s(0), 8).share->prefix_pps, 1U);
  EXPECT_EQ(fleet.take("c", {"20.0.8.1"}, in_s(0), 7).why,
            "20.0.8.0/24: its 2 packets a second are given to other jobs");
  fleet.end("a", 0, in_s(1));
  EXPECT_TRUE(fleet.take("c", {"20.0.8.1"}, in_s(1), 7).share);
  fleet.limits = no_limits;
  fleet.limits.pps = 1;
  Fleet other{.budget = {}, .limits = fleet.limits};
  EXPECT_TRUE(other.take("a", {"20.0.8.1"}).share);
  EXPECT_EQ(other.take("b", {"20.0.9.1"}).why, "this node: its 1 packets a second are given to other jobs");
}

TEST(ProbeBudget, ForgetsPrefixesThatHaveRestedAndRefusesBeyondItsBound) {
  Fleet fleet;
  std::vector<std::string> all;
  for (std::size_t i = 0; i < ProbeBudget::prefixes_max; ++i)
    all.push_back("20." + std::to_string(i >> 8 & 0xff) + "." + std::to_string(i & 0xff) + ".1");
  for (std::size_t i = 0; i < all.size(); i += 65'536) {
    std::vector<std::string> part(all.begin() + static_cast<std::ptrdiff_t>(i),
                                  all.begin() + static_cast<std::ptrdiff_t>(std::min(i + 65'536, all.size())));
    if (i != 0)
      for (auto& target : part) target.replace(0, 2, "21");
    ASSERT_TRUE(fleet.take("job " + std::to_string(i), part).share);
  }
  EXPECT_EQ(fleet.budget.prefixes(), ProbeBudget::prefixes_max);
  EXPECT_FALSE(fleet.take("more", {"22.0.0.1"}).share);
  fleet.budget.settle([](const std::string&) { return true; }, in_s(1));
  EXPECT_TRUE(fleet.take("more", {"22.0.0.1"}, in_s(2 * hour_s)).share);
  EXPECT_EQ(fleet.budget.prefixes(), 1U);
}

TEST(ProbeBudget, OutlivesTheProgramButNotTheClock) {
  Fleet before;
  before.limits.prefix_probes_per_hour = 2 * need;
  ASSERT_TRUE(before.take("a", {"20.0.8.1", "2001:db8::1"}, in_s(7'000)).share);
  before.end("a", 50, in_s(7'001));
  ASSERT_TRUE(before.take("b", {"20.0.8.1"}, in_s(8'000)).share);  // and it is killed during this one
  EXPECT_TRUE(before.budget.take_changed());
  EXPECT_FALSE(before.budget.take_changed());
  const auto text = before.budget.text("boot-1", in_s(8'000));
  EXPECT_EQ(text, "utnt-budget-1 boot-1\nnode 23:50 26:64\n20.0.8.0 23:25 26:64\n2001:db8:: 23:25\n");
  Fleet after;
  after.limits = before.limits;
  EXPECT_FALSE(after.budget.restore(text, "boot-2"));
  ASSERT_TRUE(after.budget.restore(text, "boot-1"));
  EXPECT_EQ(after.budget.probes_of_hour(in_s(8'000)), 114U);
  EXPECT_FALSE(after.take("c", {"20.0.8.1"}, in_s(8'001)).share);
  EXPECT_TRUE(after.take("d", {"2001:db8::2"}, in_s(8'001)).share);
  EXPECT_EQ(after.budget.text("boot-1", in_s(8'000 + 2 * hour_s)), "utnt-budget-1 boot-1\nnode \n");
}

TEST(ProbeBudget, TakesNothingFromATextThatIsNone) {
  const std::string good = "utnt-budget-1 b\nnode 23:50\n";
  ProbeBudget budget;
  for (const auto* bad : {"", "utnt-budget-1 b\n", "utnt-budget-2 b\nnode 1:1\n", "utnt-budget-1 b\nnode 1:1",
                          "utnt-budget-1 b\nnode 1:1\nhost 1:1\n", "utnt-budget-1 b\nnode 1\n",
                          "utnt-budget-1 b\nnode -1:1\n", "utnt-budget-1 b\nnode 1:1x\n",
                          "utnt-budget-1 b\nnode 9223372036854775807:1\n", "utnt-budget-1 b\nnode 5:1 4:1\n"}) {
    EXPECT_FALSE(budget.restore(bad, "b")) << bad;
    EXPECT_EQ(budget.probes_of_hour(in_s(0)), 0U);
  }
  EXPECT_TRUE(budget.restore(good, "b"));
}

TEST(BudgetLimits, TheLowerOneCountsAndNoneIsNoLimit) {
  const BudgetLimits owner{.pps = 100, .prefix_pps = 0, .probes_per_hour = 500, .prefix_probes_per_hour = 0};
  const BudgetLimits granted{.pps = 0, .prefix_pps = 5, .probes_per_hour = 1'000, .prefix_probes_per_hour = 0};
  EXPECT_EQ(lower_of(owner, granted),
            (BudgetLimits{.pps = 100, .prefix_pps = 5, .probes_per_hour = 500, .prefix_probes_per_hour = 0}));
}

}  // namespace
}  // namespace utnt::fleet
