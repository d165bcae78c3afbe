// SPDX-License-Identifier: BSD-2-Clause
// What returned is there, whatever happens next: a store whose process is killed, whose disk is full, whose writes
// fail.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "fleet/store/test_store.hpp"
#include "support/property.hpp"

namespace utnt::fleet::test {
namespace {

/// A number that a child tells its parent without a system call, so that a kill finds it in any state.
class SharedCount {
 public:
  SharedCount()
      : at_{static_cast<std::atomic<std::uint64_t>*>(::mmap(
            nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))} {}
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  ~SharedCount() { ::munmap(at_, sizeof *at_); }
  std::atomic<std::uint64_t>& operator*() { return *at_; }

 private:
  std::atomic<std::uint64_t>* at_;
};

std::string payload_number(std::uint64_t i) {
  return "trace of job " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 7) * 1'000, 'x');
}

/// Job i, then its result with the job done: two commits. False: the store refused.
void commit_number(Store& store, std::uint64_t i, const std::string& campaign = "list") {
  const auto job = job_of(i, JobState::queued, campaign);
  store.commit({.jobs = {job}, .events = {{.campaign = campaign, .event = i, .jobs = 1}}});
  const auto payload = payload_number(i);
  const auto result = result_of(job, payload);
  store.commit({.jobs = {done_by(job, result)}, .results = {result}, .audit = {{"test", "done", std::to_string(i)}}});
}

/// Everything up to `count` is there and right, and nothing in the store contradicts itself.
void expect_whole(const std::string& path, std::uint64_t first, std::uint64_t count) {
  const auto store = Store::open(path);
  for (auto i = first; i <= count; ++i) {
    const auto payload = payload_number(i);
    const auto job = store.find_job(job_of(i).order.id);
    ASSERT_TRUE(job) << "job " << i << " of " << count;
    ASSERT_EQ(job->state, JobState::done) << "job " << i << " of " << count;
    ASSERT_EQ(payload_of(store, job->result), payload);
  }
  EXPECT_EQ(store.balance().alert, "");
  EXPECT_FALSE(store.broken_audit());
}

TEST(StoreFaults, LoseNothingThatReturnedWhenTheProcessIsKilledAtAnyMoment) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  SharedCount done;
  Prng prng{20'261'123};
  constexpr int kills = 25;
  std::uint64_t checked = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto store = Store::open(path);
      for (auto i = (*done).load() + 1;; ++i) {
        // The job of a killed round may be there, done or not: what is final is not touched again.
        const auto there = store.find_job(job_of(i).order.id);
        if (!there || !is_final(there->state)) commit_number(store, i);
        (*done).store(i);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds{20'000 + prng.below(60'000)});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, status " << status;
    expect_whole(path, checked + 1, *done);
    checked = *done;
  }
  EXPECT_GT(checked, static_cast<std::uint64_t>(kills)) << "the child never came to commit";
}

/// A scenario with every kind of write, which can be run again from any point.
void run_scenario(Store& store) {
  if (store.start_campaign("list", "digest", 3) == CampaignStart::created)
    store.append_audit({"test", "start", "list"});
  store.put_image({.digest = std::string(64, 'a'), .name = "utnt"});
  store.put_node({.name = "node-1", .public_key = "key"});
  store.put_block_list({.digest = "list", .text = "192.0.2.0/24\n"});
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto there = store.find_job(job_of(i).order.id);
    if (!there || !is_final(there->state)) commit_number(store, i);
  }
  store.image_used(std::string(64, 'a'));
}

TEST(StoreFaults, LeaveAWholeStoreAtEveryPointWhereTheProcessIsKilled) {
  std::size_t points = 0;
  {
    TemporaryDirectory directory{memory_directory()};
    auto store = Store::open(directory / "db", {.fault = [&points](std::string_view) { ++points; }});
    run_scenario(store);
  }
  ASSERT_GT(points, 100U);
  TemporaryDirectory directory{memory_directory()};
  for (std::size_t point = 1; point <= points; ++point) {
    const auto path = directory / ("db" + std::to_string(point));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::size_t at = 0;
      auto store = Store::open(path, {.fault = [&](std::string_view) {
                                 if (++at == point) ::raise(SIGKILL);
                               }});
      run_scenario(store);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "point " << point;
    {
      auto store = Store::open(path);
      EXPECT_EQ(store.balance().alert, "") << "point " << point;
      EXPECT_FALSE(store.broken_audit()) << "point " << point;
      for (const auto& job : store.list_jobs({}))
        EXPECT_TRUE(store.events_had("list").contains(job.event))
            << "event and job are one transaction, point " << point;
      run_scenario(store);
      EXPECT_EQ(store.balance().accepted, 3U) << "point " << point;
    }
    expect_whole(path, 1, 3);
    EXPECT_EQ(Store::open(path).balance().results, 3U) << "point " << point;
  }
}

TEST(StoreFaults, UndoAWholeCommitWhoseStepFailsAndGoOn) {
  TemporaryDirectory directory;
  std::size_t left = 0;
  bool is_armed = false;
  const auto fail_at = [&](std::string_view point) {
    if (is_armed && point.starts_with("before") && left-- == 0)
      throw StoreFailure{StoreProblem::other, std::string{point}};
  };
  auto store = Store::open(directory / "db", {.fault = fail_at});
  const auto job = job_of(1);
  const std::string payload = "trace";
  const auto result = result_of(job, payload);
  std::size_t failures = 0;
  for (;; ++failures) {
    left = failures;
    is_armed = true;
    try {
      store.commit({.jobs = {done_by(job, result)}, .results = {result}, .audit = {{"a", "b", "c"}}});
      break;
    } catch (const StoreFailure&) {
      is_armed = false;
      EXPECT_EQ(store.balance().accepted, 0U) << failures;
      EXPECT_TRUE(store.list_jobs({}).empty()) << failures;
      EXPECT_TRUE(store.held({result.digest}).empty()) << failures;
      EXPECT_TRUE(store.audit(1).empty()) << failures;
    }
  }
  EXPECT_GE(failures, 8U) << "begin, job, ledger, history, result, piece, audit, commit";
  EXPECT_EQ(store.balance().alert, "");
  EXPECT_EQ(store.balance().accepted, 1U);
}

/// Commits until the disk is full, asks for the right failure, makes room, goes on; returns an exit status.
template <class MakeRoom>
int fill_disk(const std::string& path, const MakeRoom& make_room) {
  auto store = Store::open(path);
  Prng prng{7};
  std::vector<std::pair<std::string, std::string>> stored;
  const auto store_one = [&](std::uint64_t i) {
    std::string payload(20'000, '\0');
    for (auto& c : payload) c = static_cast<char>(prng.below(256));  // does not compress
    const auto job = job_of(i);
    const auto result = result_of(job, payload);
    store.store_result(result, {done_by(job, result)});
    stored.emplace_back(result.digest, payload);
  };
  bool was_full = false;
  std::uint64_t i = 1;
  for (; i < 1'000 && !was_full; ++i) {
    try {
      store_one(i);
    } catch (const StoreFailure& failure) {
      was_full = failure.problem() == StoreProblem::full && failure.code() == os_linux::ExitCode::environment;
      if (!was_full) std::fprintf(stderr, "not what a full disk is: %s\n", failure.what());
      if (!was_full) return 2;
    }
  }
  if (!was_full || stored.size() < 5) return 3;
  const auto before = stored.size();
  if (store.balance().accepted != before || !store.balance().alert.empty()) return 4;
  make_room();
  for (; stored.size() < before + 5; ++i) store_one(i);
  for (const auto& [digest, payload] : stored)
    if (payload_of(store, digest) != payload) return 5;
  return ::testing::Test::HasFailure() ? 6 : 0;
}

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StoreFaults, SayThatAFileMayNotGrowAndLoseNothing) {
  TemporaryDirectory directory;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const auto usual = limit.rlim_cur;
    limit.rlim_cur = 2'000'000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(fill_disk(directory / "db", [&] {
      limit.rlim_cur = usual;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }));
  }
  EXPECT_EQ(status_of(child), 0);
}

TEST(StoreFaults, SayThatTheDiskIsFullAndLoseNothing) {
  TemporaryDirectory directory;
  constexpr int not_permitted = 77;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(not_permitted);
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=2m") != 0) ::_exit(not_permitted);
    ::_exit(fill_disk(directory / "db",
                      [&] { ::mount("tmpfs", directory.path().c_str(), "tmpfs", MS_REMOUNT, "size=20m"); }));
  }
  const auto status = status_of(child);
  if (status == not_permitted) GTEST_SKIP() << "mount namespaces are not permitted here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace utnt::fleet::test
