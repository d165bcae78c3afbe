// SPDX-License-Identifier: BSD-2-Clause
#include "kill_walk.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace utnt::fleet::test {
namespace {

struct KillTotals {
  std::uint64_t planned{0}, injected{0}, lost{0}, twice{0}, runs_over{0}, unbalanced{0}, left_over{0}, done{0};
};

bool is_whole_walk() {
  const char* const wanted = std::getenv("UTNT_FAULT_WALK");
  return wanted != nullptr && std::string_view{wanted} == "all";
}

std::string name_of(Victim victim) { return std::string{victim_names.at(static_cast<std::size_t>(victim))}; }

std::vector<KillPlan> plans_for(const KillTarget& target, std::uint64_t places) {
  std::vector<KillPlan> plans;
  const bool is_whole = is_whole_walk();
  const auto stride = is_whole ? 1 : target.stride;
  bool is_discard = false;
  for (auto place = is_whole ? 1 : std::min<std::uint64_t>(4, places); place >= 1 && place <= places; place += stride) {
    is_discard = !is_discard;
    for (const char* policy : {"wait", "discard"})
      if (is_whole || (std::string_view{policy} == "discard") == is_discard)
        plans.push_back({.policy = policy, .victim = target.victim, .place = place});
  }
  return plans;
}

void judge(const KillPlan& plan, const KillOutcome& outcome, KillTotals& totals) {
  totals.injected += outcome.is_struck ? 1 : 0;
  totals.lost += outcome.lost;
  totals.twice += outcome.twice;
  totals.runs_over += outcome.runs_over;
  totals.done += outcome.done;
  totals.unbalanced += outcome.imbalance.empty() ? 0 : 1;
  totals.left_over += outcome.left_over.empty() ? 0 : 1;
  const auto what =
      fmt::format("{} at place {} ({}), {}", name_of(plan.victim), plan.place, outcome.where, plan.policy);
  EXPECT_TRUE(outcome.is_right()) << fmt::format("{}: settled {}, lost {}, twice {}, run again {}\n{}\n{}{}", what,
                                                 outcome.is_settled, outcome.lost, outcome.twice, outcome.runs_over,
                                                 outcome.imbalance, outcome.left_over, outcome.trouble);
  if (plan.policy == "wait") {
    EXPECT_EQ(outcome.done, KillWorld::jobs) << what << "\n" << outcome.trouble;
  }
}

}  // namespace

void walk_kills(const std::vector<KillTarget>& targets, unsigned workers, const KillOnce& kill_once) {
  const auto healthy = kill_once({}, 0);
  ASSERT_TRUE(healthy.is_right()) << healthy.left_over << healthy.imbalance << healthy.trouble;
  ASSERT_EQ(healthy.done, KillWorld::jobs) << healthy.trouble;
  std::vector<KillPlan> plans;
  std::array<KillTotals, victims> totals{};
  for (const auto& target : targets) {
    const auto some = plans_for(target, healthy.seen.at(static_cast<std::size_t>(target.victim)));
    EXPECT_FALSE(some.empty()) << name_of(target.victim) << " comes to no place";
    totals.at(static_cast<std::size_t>(target.victim)).planned = some.size();
    plans.insert(plans.end(), some.begin(), some.end());
  }
  std::mutex together;
  std::atomic<std::size_t> next{0};
  const auto work = [&](unsigned worker) {
    for (auto i = next++; i < plans.size(); i = next++) {
      const auto outcome = kill_once(plans[i], worker);
      const std::lock_guard lock{together};
      judge(plans[i], outcome, totals.at(static_cast<std::size_t>(plans[i].victim)));
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned worker = 1; worker < workers; ++worker) others.emplace_back([&work, worker] { work(worker); });
    work(0);
  }
  std::uint64_t injected = 0;
  for (const auto& target : targets) {
    const auto& sum = totals.at(static_cast<std::size_t>(target.victim));
    injected += sum.injected;
    fmt::print(
        "{} killed: {} faults injected ({} planned), {} results lost, {} counted twice, {} run again under discard, {} "
        "ledgers out of balance, {} left something behind, {} of {} jobs done\n",
        name_of(target.victim), sum.injected, sum.planned, sum.lost, sum.twice, sum.runs_over, sum.unbalanced,
        sum.left_over, sum.done, sum.planned * KillWorld::jobs);
  }
  // How many places a process comes to differs from run to run: the last ones may not be reached.
  EXPECT_GE(injected * 10, plans.size() * 7);
}

}  // namespace utnt::fleet::test
