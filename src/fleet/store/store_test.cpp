// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/store.hpp"

#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

TEST(Store, GivesBackAJobWithAllItsFields) {
  TemporaryDirectory directory;
  const StoreOptions options{.clocks = test_clocks()};
  auto job = job_of(7);
  job.priority = -3;
  job.sequence = 41;
  job.start_by = test_clocks().now + Duration{5'000'000'001};
  job.finish_by = test_clocks().now + Duration{60'000'000'003};
  job.state = JobState::running;
  job.node = "node-2";
  job.attempt = 2;
  job.tried = {"node-1", "node-2"};
  job.runs = 1;
  job.runs_once = true;
  job.reason = "crashed";
  job.detail = "signal 11, again; it's \"quoted\"";
  job.result = std::string(64, 'b');
  Store::open(directory / "db", options).commit({.jobs = {job}});

  const auto jobs = Store::open(directory / "db", options).restore_jobs(test_clocks());
  ASSERT_EQ(jobs.size(), 1U);
  const auto& got = jobs.front();
  EXPECT_EQ(got.order, job.order);
  EXPECT_EQ(got.nodes, job.nodes);
  EXPECT_EQ(got.priority, job.priority);
  EXPECT_EQ(got.sequence, job.sequence);
  EXPECT_EQ(got.start_by, job.start_by);
  EXPECT_EQ(got.finish_by, job.finish_by);
  EXPECT_EQ(got.state, job.state);
  EXPECT_EQ(got.node, job.node);
  EXPECT_EQ(got.attempt, job.attempt);
  EXPECT_EQ(got.tried, job.tried);
  EXPECT_EQ(got.runs, job.runs);
  EXPECT_EQ(got.runs_once, job.runs_once);
  EXPECT_EQ(got.reason, job.reason);
  EXPECT_EQ(got.detail, job.detail);
  EXPECT_EQ(got.result, job.result);
  EXPECT_EQ(got.since, job.since);
}

TEST(Store, KeepsDeadlinesOnTheMonotonicClockWhenTheWallClockIsSetOnTheSameBoot) {
  TemporaryDirectory directory;
  auto job = job_of(1);
  job.start_by = test_clocks().now + 30_s;
  Store::open(directory / "db", {.clocks = test_clocks()}).commit({.jobs = {job}});
  auto later = test_clocks();
  later.now = later.now + 10_s;
  later.wall_ns += 86'400'000'000'000;  // ten seconds later, and somebody set the clock a day ahead
  const auto jobs = Store::open(directory / "db", {.clocks = later}).restore_jobs(later);
  EXPECT_EQ(jobs.at(0).start_by, later.now + 20_s);
}

TEST(Store, TurnsDeadlinesIntoTheMonotonicClockOfANewBootByTheWallClock) {
  TemporaryDirectory directory;
  auto job = job_of(1);
  job.start_by = test_clocks().now + 30_s;
  Store::open(directory / "db", {.clocks = test_clocks()}).commit({.jobs = {job}});
  const Clocks rebooted{
      .now = Instant{5'000'000'000}, .wall_ns = test_clocks().wall_ns + 10'000'000'000, .domain = "next"};
  const auto jobs = Store::open(directory / "db", {.clocks = rebooted}).restore_jobs(rebooted);
  EXPECT_EQ(jobs.at(0).start_by, rebooted.now + 20_s);
  EXPECT_FALSE(jobs.at(0).finish_by);
}

TEST(Store, RemembersOfFinalJobsOnlyWhatTheirIdentityNeeds) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(3, JobState::refused);
  store.commit({.jobs = {job}});
  const auto jobs = store.restore_jobs(test_clocks());
  EXPECT_EQ(jobs.at(0).order.id, job.order.id);
  EXPECT_EQ(jobs.at(0).order.event, 3U);
  EXPECT_TRUE(jobs.at(0).order.targets.empty());
  EXPECT_EQ(store.order_of(job.order.id), job.order);
}

TEST(Store, RefusesToChangeAFinalStateAndAllThatCameWithIt) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.commit({.jobs = {job_of(1, JobState::expired)}});
  EXPECT_EQ(problem_of([&] {
              store.commit({.jobs = {job_of(2), job_of(1, JobState::queued)}});
            }),
            StoreProblem::conflict);
  EXPECT_EQ(store.balance().accepted, 1U);
  EXPECT_EQ(store.find_job(job_of(1).order.id)->state, JobState::expired);
  EXPECT_FALSE(store.find_job(job_of(2).order.id));
}

TEST(Store, BalancesWhileJobsComeAndEnd) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.commit({.jobs = {job_of(1), job_of(2), job_of(3, JobState::refused)}});
  store.commit({.jobs = {job_of(1, JobState::offered)}});
  const auto balance = store.balance();
  EXPECT_EQ(balance.accepted, 3U);
  EXPECT_EQ(balance.in_state.at(static_cast<std::size_t>(JobState::queued)), 1U);
  EXPECT_EQ(balance.in_state.at(static_cast<std::size_t>(JobState::offered)), 1U);
  EXPECT_EQ(balance.in_state.at(static_cast<std::size_t>(JobState::refused)), 1U);
  EXPECT_EQ(balance.alert, "");
}

TEST(Store, AlertsWhenAJobIsDoneWithoutItsResult) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  auto job = job_of(1, JobState::done);
  job.result = std::string(64, 'c');
  store.commit({.jobs = {job}});
  EXPECT_NE(store.balance().alert.find("1 jobs are done and their results are not in the store"), std::string::npos);
}

TEST(Store, StoresAResultWithItsJobAndReturnsTheSameBytes) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  store.commit({.jobs = {job}});
  std::string payload;
  for (int i = 0; payload.size() < 2'500'000; ++i) payload += "{\"trace\":" + std::to_string(i) + "}\n";
  const auto result = result_of(job, payload);
  EXPECT_EQ(store.store_result(result, {done_by(job, result)}), StoredAs::result);

  EXPECT_EQ(store.find_job(job.order.id)->state, JobState::done);
  EXPECT_EQ(payload_of(store, result.digest), payload);
  const auto row = store.find_result(result.digest);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->bytes, payload.size());
  EXPECT_LT(row->stored_bytes, payload.size() / 4) << "lines that differ in a number compress well";
  EXPECT_EQ(row->campaign, "list");
  EXPECT_FALSE(row->is_late);
  EXPECT_EQ(store.balance().alert, "");
}

TEST(Store, KeepsAResultWithoutABodyToo) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  const std::string nothing;
  const auto result = result_of(job, nothing);
  store.store_result(result, {done_by(job, result)});
  EXPECT_EQ(payload_of(store, result.digest), "");
}

TEST(Store, StoresTheSameResultOnce) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  const std::string payload = "trace\n";
  const auto result = result_of(job, payload);
  EXPECT_EQ(store.store_result(result, {done_by(job, result)}), StoredAs::result);
  EXPECT_EQ(store.store_result(result, {}), StoredAs::held);
  EXPECT_EQ(store.balance().results, 1U);
  EXPECT_EQ(store.held({result.digest, std::string(64, '0')}), std::set<std::string>{result.digest});
}

TEST(Store, KeepsResultsThatComeAfterTheFinalStateAsLate) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  const std::string first = "first\n", second = "second\n";
  const auto of_job = result_of(job, first), after = result_of(job, second, 2);
  store.store_result(of_job, {done_by(job, of_job)});
  EXPECT_EQ(store.store_result(after, {}), StoredAs::late);
  EXPECT_EQ(store.balance().late_results, 1U);
  EXPECT_EQ(store.find_job(job.order.id)->result, of_job.digest);
  EXPECT_EQ(store.results_of(job.order.id).size(), 2U);
}

TEST(Store, KeepsAPartialResultOfAJobThatRunsAgain) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  store.commit({.jobs = {job}});
  const std::string part = "half\n";
  auto result = result_of(job, part);
  result.is_complete = false;
  EXPECT_EQ(store.store_result(result, {job}), StoredAs::result);
  EXPECT_FALSE(store.find_result(result.digest)->is_complete);
  EXPECT_EQ(store.find_job(job.order.id)->state, JobState::queued);
}

TEST(Store, KeepsAResultOfAJobThatIsNotKnownHereAsLate) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const std::string payload = "trace\n";
  EXPECT_EQ(store.store_result(result_of(job_of(1), payload), {}), StoredAs::late);
}

TEST(Store, RefusesAResultUnderAForeignDigestAndTheJobsChangeWithIt) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto job = job_of(1);
  store.commit({.jobs = {job}});
  const std::string payload = "trace\n";
  auto result = result_of(job, payload);
  result.digest = std::string(64, 'd');
  EXPECT_EQ(problem_of([&] { store.store_result(result, {done_by(job, result)}); }), StoreProblem::conflict);
  EXPECT_EQ(store.find_job(job.order.id)->state, JobState::queued);
  EXPECT_EQ(store.balance().results, 0U);
}

TEST(Store, ExplainsWhereAJobWasAndWhy) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db", {.clocks = test_clocks()});
  auto job = job_of(1);
  store.put_image({.digest = job.order.image, .name = "utnt", .bytes = 100});
  const auto at = [&job](Duration after, JobState state, std::uint32_t attempt, const std::string& node,
                         const std::string& reason = {}) {
    job.state = state;
    job.attempt = attempt;
    job.node = node;
    job.reason = reason;
    job.since = test_clocks().now + after;
    return job;
  };
  store.commit({.jobs = {at(0_s, JobState::queued, 0, "")}});
  store.commit({.jobs = {at(1_s, JobState::offered, 1, "node-1")}});
  store.commit({.jobs = {at(2_s, JobState::running, 1, "node-1")}});
  store.commit({.jobs = {at(32_s, JobState::queued, 1, "node-1", "crashed")}});
  store.commit({.jobs = {at(33_s, JobState::offered, 2, "node-2")}});
  store.commit({.jobs = {at(34_s, JobState::failed, 2, "node-2", "time limit")}});

  const auto all = store.explain(job.order.id.substr(0, 8));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->order, job.order);
  EXPECT_EQ(all->nodes, job.nodes);
  ASSERT_EQ(all->history.size(), 6U);
  EXPECT_EQ(all->history.at(3).reason, "crashed");
  EXPECT_EQ(all->history.at(5).at_ns, test_clocks().wall_ns + (34_s).ns());
  ASSERT_EQ(all->attempts.size(), 2U);
  const auto& first = all->attempts.at(0);
  EXPECT_EQ(first.node, "node-1");
  EXPECT_EQ(first.claimed_ns, test_clocks().wall_ns + (2_s).ns());
  EXPECT_EQ(first.ended_ns, test_clocks().wall_ns + (32_s).ns());
  EXPECT_EQ(first.end, "queued");
  EXPECT_EQ(all->attempts.at(1).end, "failed");
  EXPECT_FALSE(all->attempts.at(1).claimed_ns);
  EXPECT_EQ(all->image->name, "utnt");
}

TEST(Store, FindsAJobByItsFirstDigitsUnlessSeveralBeginSo) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  auto one = job_of(1), other = job_of(2);
  one.order.id = "abcd0000000000000000000000000000";
  other.order.id = "abcd1000000000000000000000000000";
  store.commit({.jobs = {one, other}});
  EXPECT_FALSE(store.find_job("abcd"));
  EXPECT_EQ(store.find_job("abcd1")->event, 2U);
  EXPECT_FALSE(store.find_job("abc")) << "shorter than four digits";
  EXPECT_FALSE(store.find_job("abcg"));
}

TEST(Store, ListsJobsByEveryPropertyAndInPages) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  std::vector<JobRecord> jobs;
  for (std::uint64_t event = 1; event <= 20; ++event) {
    auto job = job_of(event, event % 2 == 0 ? JobState::failed : JobState::queued, event <= 10 ? "first" : "second");
    job.node = event % 4 == 0 ? "node-1" : "";
    job.reason = event % 2 == 0 ? "crashed" : "";
    jobs.push_back(job);
  }
  store.commit({.jobs = jobs});
  EXPECT_EQ(store.list_jobs({}).size(), 20U);
  EXPECT_EQ(store.list_jobs({.state = JobState::failed}).size(), 10U);
  EXPECT_EQ(store.list_jobs({.campaign = "second"}).size(), 10U);
  EXPECT_EQ(store.list_jobs({.node = "node-1"}).size(), 5U);
  EXPECT_EQ(store.list_jobs({.reason = "crashed"}).size(), 10U);
  EXPECT_EQ(store.list_jobs({.state = JobState::failed, .campaign = "first", .node = "node-1"}).size(), 2U);
  EXPECT_EQ(store.list_jobs({.state = JobState::queued, .reason = "crashed"}).size(), 0U);
  const auto page = store.list_jobs({.limit = 3});
  ASSERT_EQ(page.size(), 3U);
  EXPECT_EQ(page.at(0).event, 20U) << "newest first";
  EXPECT_EQ(store.list_jobs({.before = page.at(2).number, .limit = 3}).at(0).event, 17U);
}

TEST(Store, PassesOnResultsInTheOrderInWhichTheyCame) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  const auto one = job_of(1, JobState::queued, "first"), two = job_of(2, JobState::queued, "second");
  const std::string a = "a", b = "b", c = "c";
  store.commit({.jobs = {one, two}, .results = {result_of(two, a), result_of(one, b), result_of(two, c)}});
  std::vector<std::string> all, of_second;
  store.each_result("", [&](const ResultRow& row) { all.push_back(row.digest); });
  store.each_result("second", [&](const ResultRow& row) { of_second.push_back(row.digest); });
  EXPECT_EQ(all, (std::vector{sha256_hex(a), sha256_hex(b), sha256_hex(c)}));
  EXPECT_EQ(of_second, (std::vector{sha256_hex(a), sha256_hex(c)}));
}

}  // namespace
}  // namespace utnt::fleet::test
