// SPDX-License-Identifier: BSD-2-Clause
// A controller whose disk stands still: it hears its nodes, lets them live and stops them; orders and receipts wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "fleet/controller/controller.hpp"
#include "fleet/transport/memory_link.hpp"
#include "os_linux/clock.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;
constexpr Duration ms{1'000'000};

class Listener final : public Observer {
 public:
  std::vector<std::string> alerts, changes;
  void node_up(const std::string&, const std::string&) override {}
  void node_down(const std::string&, const std::string&) override {}
  void job_changed(const JobRecord& job) override { changes.emplace_back(name_of(job.state)); }
  void progress(const std::string&, const std::string&, const std::string&, std::uint64_t) override {}
  void result_stored(const std::string&, const NewResult&, StoredAs) override {}
  void alert(const std::string&, const std::string& text) override { alerts.push_back(text); }
};

/// The pair's end as the controller owns it.
class BorrowedLink final : public Link {
 public:
  explicit BorrowedLink(Link& link) : link_{link} {}
  bool send(const Message& message) override { return link_.send(message); }
  std::optional<Message> receive() override { return link_.receive(); }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] bool wants_write() const override { return false; }
  [[nodiscard]] std::optional<Instant> wake_at() const override { return monotonic_now() + ms; }
  [[nodiscard]] bool is_open() const override { return link_.is_open(); }
  [[nodiscard]] std::string why() const override { return link_.why(); }

 private:
  Link& link_;
};

struct World {
  utnt::test::TemporaryDirectory directory{utnt::test::memory_directory()};
  std::atomic<bool> is_stuck{false};
  Store store{Store::open(directory / "db", {.fault = [this](std::string_view point) {
                            while (point == "before COMMIT" && is_stuck)
                              std::this_thread::sleep_for(std::chrono::milliseconds{1});
                          }})};
  Instant now{monotonic_now()};
  MemoryPair pair{now, {}};
  Listener listener;
  SecretKey node_key = SecretKey::make();
  std::vector<Message> heard;
  Controller controller{store,
                        SecretKey::make(),
                        {.policy = {.alive = ms * 20}, .enrols = true},
                        {{.name = "node-1", .connect = [this] { return std::make_unique<BorrowedLink>(pair.near()); }}},
                        listener};

  ~World() { is_stuck = false; }

  void turn() {
    now = monotonic_now();
    controller.turn(ms * 2, {});
    while (auto message = pair.far().receive()) heard.push_back(std::move(*message));
  }
  [[nodiscard]] bool has_heard(MessageKind kind) const {
    return std::ranges::any_of(heard, [&](const auto& message) { return message.kind == kind; });
  }
  bool hears(MessageKind kind, Duration patience = Duration{5'000'000'000}) {
    const auto end = monotonic_now() + patience;
    while (!has_heard(kind) && monotonic_now() < end) turn();
    return has_heard(kind);
  }
  void join() {
    turn();
    pair.far().send({.kind = MessageKind::hello,
                     .text = R"({"protocol":1,"slots":1,"key":")" + key_text(node_key.public_key()) + "\"}"});
    pair.far().send({.kind = MessageKind::fetch, .total = 1});
    ASSERT_TRUE(hears(MessageKind::welcome));
    controller.wait_for_disk();
  }
  Acceptance accept() {
    JobRecord request;
    request.order.campaign = "list";
    request.order.event = 1;
    request.order.image = std::string(64, 'a');
    request.order.targets = {"20.0.8.2"};
    request.order.id = order_id(request.order);
    request.nodes = {"node-1"};
    return controller.accept({request}, {.campaign = "list", .event = 1, .jobs = 1}).at(0);
  }
};

TEST(StuckDisk, holds_orders_back_and_nothing_else) {
  World world;
  world.join();
  world.is_stuck = true;
  EXPECT_EQ(world.accept(), Acceptance::queued);
  world.heard.clear();
  EXPECT_TRUE(world.hears(MessageKind::alive)) << "a node must not take the controller for dead";
  EXPECT_FALSE(world.hears(MessageKind::job, ms * 100)) << "no order leaves before its row is on the disk";
  EXPECT_TRUE(world.listener.changes.empty());
  EXPECT_FALSE(world.controller.is_settled());
  world.is_stuck = false;
  EXPECT_TRUE(world.hears(MessageKind::job));
  EXPECT_EQ(world.listener.changes, std::vector<std::string>{"offered"});
}

TEST(StuckDisk, does_not_keep_the_controller_from_stopping_everything) {
  World world;
  world.join();
  world.is_stuck = true;
  world.accept();
  const auto begin = monotonic_now();
  world.controller.stop_all();
  EXPECT_TRUE(world.hears(MessageKind::stop));
  EXPECT_LT((monotonic_now() - begin).ns(), 4'000'000'000);
}

TEST(StuckDisk, is_told_of_when_it_took_longer_than_a_second) {
  World world;
  world.join();
  world.is_stuck = true;
  world.accept();
  const auto end = monotonic_now() + ms * 1'100;
  while (monotonic_now() < end) world.turn();
  EXPECT_TRUE(world.listener.alerts.empty());
  world.is_stuck = false;
  EXPECT_TRUE(world.hears(MessageKind::job));
  ASSERT_EQ(world.listener.alerts.size(), 1U);
  EXPECT_EQ(world.listener.alerts[0].find("the store's disk took 1."), 0U) << world.listener.alerts[0];
}

TEST(StuckDisk, whoever_waits_for_the_disk_finds_what_was_accepted_on_it) {
  World world;
  world.join();
  world.accept();
  world.controller.wait_for_disk();
  EXPECT_EQ(world.store.balance().accepted, 1U);
  EXPECT_EQ(world.store.events_had("list").size(), 1U);
}

}  // namespace
}  // namespace utnt::fleet
