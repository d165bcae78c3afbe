// SPDX-License-Identifier: BSD-2-Clause
// Questions to a ledger of a million jobs cost what they cost in a small one. Counted in steps of SQLite's machine and
// rows looked at without an index, so that no clock and no load of the machine is in it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

/// Rows straight into the file: one job in a hundred failed, one in a thousand on node-7, the rest done.
void add_jobs(const std::string& path, int count) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  const auto sql = fmt::format(
      "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0})"
      " INSERT INTO jobs(id, campaign, event, part, variant, tender, image, first_target, targets, order_text, nodes,"
      " priority, sequence, state, node, attempt, tried, runs, reason, detail, result, accepted_ns, since_ns, clock)"
      " SELECT printf('%032x', i), 'c' || (i % 3), i, 0, 'unikernel', 'process', 'i',"
      " '192.0.2.1', 1, '', 'a', 0, i, CASE WHEN i % 100 = 0 THEN 5 ELSE 4 END, CASE WHEN i % 1000 = 0 THEN 'node-7' "
      "ELSE"
      " 'node-1' END, 1, 'a', 1, CASE WHEN i % 100 = 0 THEN 'crashed' ELSE '' END, '', '', 0, 0, 1 FROM n;"
      " UPDATE ledger SET accepted = accepted + {0}; COMMIT;",
      count);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

/// Steps of each question that a person asks.
std::vector<std::uint64_t> costs(const std::string& path) {
  const auto store = Store::open(path, {.access = Access::reader});
  std::vector<std::uint64_t> steps;
  const auto ask = [&](const auto& question) {
    const auto before = store.work();
    question();
    const auto after = store.work();
    steps.push_back(after.steps - before.steps);
    // A walk along the ledger that stops at its limit counts as a scan of that many rows.
    EXPECT_LE(after.scanned - before.scanned, 100U) << "question " << steps.size();
  };
  const auto middle = store.list_jobs({.limit = 50}).back();
  ask([&] { EXPECT_EQ(store.list_jobs({}).size(), 100U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.before = middle.number}).size(), 100U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.state = JobState::failed, .limit = 10}).size(), 10U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.state = JobState::queued}).size(), 0U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.campaign = "c1"}).size(), 100U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.node = "node-7", .limit = 2}).size(), 2U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.node = "nobody"}).size(), 0U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.reason = "crashed", .limit = 10}).size(), 10U); });
  ask([&] { EXPECT_EQ(store.list_jobs({.reason = "busy"}).size(), 0U); });
  ask([&] { EXPECT_TRUE(store.find_job(middle.id)); });
  ask([&] { EXPECT_TRUE(store.held({std::string(64, '0')}).empty()); });
  ask([&] { EXPECT_TRUE(store.results_of(middle.id).empty()); });
  return steps;
}

TEST(StoreLarge, AnswersAboutAMillionJobsWithTheStepsOfAFewThousand) {
  TemporaryDirectory directory;
  const auto small = directory / "small", large = directory / "large";
  Store::open(small);
  Store::open(large);
  add_jobs(small, 3'000);
  add_jobs(large, 1'000'000);
  const auto few = costs(small), many = costs(large);
  ASSERT_EQ(few.size(), many.size());
  for (std::size_t i = 0; i < few.size(); ++i)
    EXPECT_LE(many.at(i), few.at(i) + few.at(i) / 4 + 50) << "question " << i + 1;
  EXPECT_EQ(Store::open(large, {.access = Access::reader}).balance().accepted, 1'000'000U);
}

}  // namespace
}  // namespace utnt::fleet::test
