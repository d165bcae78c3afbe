// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/committer.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <condition_variable>
#include <span>
#include <stdexcept>

#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet {
namespace {

using utnt::test::memory_directory;
using utnt::test::TemporaryDirectory;
using Where = Committer::Where;

/// A disk that stands still while the test wants it to: at its fault points, as at a system call.
class StuckDisk {
 public:
  [[nodiscard]] FaultHook hook() {
    return [this](std::string_view point) {
      std::unique_lock lock{mutex_};
      if (point != "before COMMIT") return;
      ++commits_;
      is_waiting_ = is_stuck_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !is_stuck_; });
      is_waiting_ = false;
      if (fails_) throw std::runtime_error{"the disk is gone"};
    };
  }
  void stick() {
    const std::lock_guard lock{mutex_};
    is_stuck_ = true;
  }
  void go_on(bool fails = false) {
    const std::lock_guard lock{mutex_};
    is_stuck_ = false;
    fails_ = fails;
    changed_.notify_all();
  }
  /// Until somebody waits for it.
  void wait_for_victim() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return is_waiting_; });
  }
  [[nodiscard]] int commits() {
    const std::lock_guard lock{mutex_};
    return commits_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stuck_{false}, is_waiting_{false}, fails_{false};
  int commits_{0};
};

JobRecord job_of(std::uint64_t event) {
  JobRecord job;
  job.order.campaign = "list";
  job.order.event = event;
  job.order.image = std::string(64, 'a');
  job.order.targets = {"20.0.8.2"};
  job.order.id = order_id(job.order);
  job.nodes = {"node-1"};
  job.sequence = event;
  job.since = os_linux::monotonic_now();
  return job;
}

Work work_of(std::uint64_t event) {
  Work work;
  work.changes.jobs = {job_of(event)};
  work.messages = {{.node = "node-1", .message = {.kind = MessageKind::job, .job = job_of(event).order.id}}};
  return work;
}

bool is_readable(int descriptor) {
  pollfd wait{descriptor, POLLIN, 0};
  return ::poll(&wait, 1, 0) == 1;
}

struct World {
  TemporaryDirectory directory{memory_directory()};
  StuckDisk disk;
  Store store{Store::open(directory / "db", {.fault = disk.hook()})};
};

TEST(Committer, gives_messages_back_only_when_their_rows_are_on_the_disk) {
  World world;
  world.disk.stick();
  Committer committer{world.store, Where::aside};
  committer.add(work_of(1));
  world.disk.wait_for_victim();
  EXPECT_TRUE(committer.take_written().empty());
  EXPECT_FALSE(committer.is_idle());
  EXPECT_FALSE(world.store.find_job(job_of(1).order.id)) << "and readers do not wait for the disk";
  world.disk.go_on();
  committer.wait();
  EXPECT_TRUE(is_readable(committer.descriptor()));
  const auto written = committer.take_written();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].work.messages.at(0).message.job, job_of(1).order.id);
  EXPECT_TRUE(world.store.find_job(job_of(1).order.id));
  EXPECT_TRUE(committer.is_idle());
  EXPECT_FALSE(is_readable(committer.descriptor()));
}

TEST(Committer, writes_what_came_while_the_disk_stood_still_in_one_transaction) {
  World world;
  const auto before = world.disk.commits();
  world.disk.stick();
  Committer committer{world.store, Where::aside};
  committer.add(work_of(1));
  world.disk.wait_for_victim();
  for (std::uint64_t event = 2; event <= 100; ++event) committer.add(work_of(event));
  world.disk.go_on();
  committer.wait();
  EXPECT_EQ(world.disk.commits() - before, 2);
  const auto written = committer.take_written();
  ASSERT_EQ(written.size(), 100U);
  for (std::uint64_t event = 1; event <= 100; ++event)
    EXPECT_EQ(written[event - 1].work.changes.jobs.at(0).order.event, event) << "in their order";
  const auto figures = committer.take_figures();
  EXPECT_EQ(figures.transactions, 2U);
  EXPECT_EQ(figures.parts, 100U);
}

TEST(Committer, what_has_no_rows_waits_for_what_stands_before_it) {
  World world;
  world.disk.stick();
  Committer committer{world.store, Where::aside};
  Work receipt;
  receipt.messages = {{.node = "node-1", .message = {.kind = MessageKind::receipt}}};
  committer.add(std::move(receipt));
  EXPECT_EQ(committer.take_written().size(), 1U) << "nothing stood before it";
  committer.add(work_of(1));
  world.disk.wait_for_victim();
  Work second;
  second.messages = {{.node = "node-1", .message = {.kind = MessageKind::receipt}}};
  committer.add(std::move(second));
  EXPECT_TRUE(committer.take_written().empty());
  world.disk.go_on();
  committer.wait();
  EXPECT_EQ(committer.take_written().size(), 2U);
}

TEST(Committer, keeps_a_result_until_it_is_written) {
  World world;
  const std::string bytes = "{\"type\":\"bundle\"}\n";
  Work work;
  work.changes.jobs = {job_of(1)};
  auto& job = work.changes.jobs[0];
  job.state = JobState::done;
  job.node = "node-1";
  job.attempt = 1;
  job.result = sha256_hex(std::string_view{bytes});
  work.changes.results = {{.digest = job.result, .job = job.order.id, .attempt = 1, .node = "node-1"}};
  work.payloads.push_back(std::make_unique<const std::string>(bytes));
  Committer committer{world.store, Where::aside};
  committer.add(std::move(work));
  committer.wait();
  const auto written = committer.take_written();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].stored, std::vector{StoredAs::result});
  const auto payload = written[0].work.changes.results.at(0).payload;
  EXPECT_EQ((std::string{reinterpret_cast<const char*>(payload.data()), payload.size()}), bytes);
  EXPECT_EQ(world.store.held({sha256_hex(std::string_view{bytes})}).size(), 1U);
  EXPECT_EQ(committer.waiting_bytes(), 0U);
}

TEST(Committer, says_that_the_disk_failed_and_gives_nothing_back) {
  World world;
  world.disk.stick();
  Committer committer{world.store, Where::aside};
  committer.add(work_of(1));
  world.disk.wait_for_victim();
  world.disk.go_on(true);
  EXPECT_THROW(committer.wait(), std::runtime_error);
  EXPECT_THROW(committer.take_written(), std::runtime_error);
  EXPECT_THROW(committer.add(work_of(2)), std::runtime_error);
  EXPECT_FALSE(world.store.find_job(job_of(1).order.id));
}

TEST(Committer, writes_at_its_end_what_was_handed_over) {
  for (const auto where : {Where::aside, Where::at_once}) {
    World world;
    {
      Committer committer{world.store, where};
      for (std::uint64_t event = 1; event <= 20; ++event) committer.add(work_of(event));
    }
    EXPECT_EQ(world.store.balance().accepted, 20U);
    EXPECT_EQ(world.store.balance().alert, "");
  }
}

}  // namespace
}  // namespace utnt::fleet
