// SPDX-License-Identifier: BSD-2-Clause
// A node that lies, floods and sends nonsense, beside one that works: the controller stays up, says so, stores nothing
// that it should not, and the honest node's jobs end as ever.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "lying_node.hpp"

namespace utnt::fleet::test {
namespace {

constexpr std::uint32_t jobs = 3;

class HostileAgent : public testing::Test, protected LyingNode {
 protected:
  HostileAgent() : LyingNode{jobs} {}
};

TEST_F(HostileAgent, results_that_are_not_its_own_are_not_stored) {
  turns(20);
  ASSERT_TRUE(liar);
  const auto own = world.order(1), other = world.order(2);
  auto& store = *world.store;
  const auto stored_of = [&](const Order& order) {
    const auto rows = store.results_of(order.id);
    return std::count_if(rows.begin(), rows.end(), [](const ResultRow& row) { return row.node == "liar"; });
  };
  std::uint64_t attacks = 0;
  const auto attack = [&](Message message) {
    ++attacks;
    tell(message);
    turns(2);
  };
  attack(result(other.id, 1, bundle_for(other, 1)));            // another node's job
  attack(result(std::string(32, 'f'), 1, bundle_for(own, 1)));  // a job that never was
  attack(result(own.id, 99, bundle_for(own, 99)));              // an attempt that never was
  attack(result(own.id, 0, bundle_for(own, 1)));
  auto unsigned_one = result(own.id, 1, bundle_for(own, 1));
  unsigned_one.text.clear();
  attack(unsigned_one);
  auto by_another = result(own.id, 1, bundle_for(own, 1));
  by_another.text = sign_statement(SecretKey::make(), Purpose::result, result_statement(own.id, 1, by_another.digest));
  attack(by_another);
  auto for_another_purpose = result(own.id, 1, bundle_for(own, 1));
  for_another_purpose.text =
      sign_statement(key, Purpose::record, result_statement(own.id, 1, for_another_purpose.digest));
  attack(for_another_purpose);
  auto of_another_digest = result(own.id, 1, bundle_for(own, 1));
  of_another_digest.body.back() ^= std::byte{1};
  attack(of_another_digest);
  auto endless = result(own.id, 1, bundle_for(own, 1));
  endless.total = std::uint64_t{1} << 60;
  attack(endless);
  auto too_long = result(own.id, 1, bundle_for(own, 1));
  too_long.total = 3;
  attack(too_long);
  auto from_the_middle = result(own.id, 1, bundle_for(own, 1));
  from_the_middle.offset = 1'000;
  attack(from_the_middle);
  EXPECT_EQ(stored_of(own) + stored_of(other), 0);
  EXPECT_GE(world.observer.alerts.size(), 6U);
  for (std::uint64_t event = 2; event <= jobs; ++event) {
    tell({.kind = MessageKind::finish,
          .job = world.order(event).id,
          .attempt = 1,
          .digest = std::string(64, 'a'),
          .text = "complete"});
    tell({.kind = MessageKind::refuse, .job = world.order(event).id, .attempt = 1, .text = "no space\tmine"});
    tell({.kind = MessageKind::beat, .job = world.order(event).id, .attempt = 7, .total = ~std::uint64_t{0}});
    attacks += 3;
  }
  hear_nothing_bad_of_the_others();
  std::printf("hostile agent: %lu false results and claims, %ld stored, %zu alerts\n", attacks,
              stored_of(own) + stored_of(other), world.observer.alerts.size());
}

TEST_F(HostileAgent, what_it_says_of_its_own_job_is_kept_as_what_it_is) {
  turns(20);
  const auto own = world.order(1);
  tell({.kind = MessageKind::claim, .job = own.id, .attempt = 1});
  tell(result(own.id, 1, "no bundle at all"));
  tell(result(own.id, 1, ""));
  turns(50);
  const auto job = world.store->find_job(own.id);
  ASSERT_TRUE(job);
  EXPECT_NE(job->state, JobState::done);
  hear_nothing_bad_of_the_others();
}

TEST_F(HostileAgent, floods_and_nonsense_leave_the_controller_alive) {
  turns(20);
  std::string digests;
  for (int i = 0; i < 1'000; ++i) digests += sha256_hex(std::to_string(i)) + " ";
  constexpr int rounds = 100;
  for (int i = 0; i < rounds; ++i) {
    tell({.kind = MessageKind::have, .text = digests});
    tell({.kind = MessageKind::have, .text = "; drop table jobs --"});
    tell({.kind = MessageKind::image_get, .digest = sha256_hex("none"), .offset = ~std::uint64_t{0}});
    tell({.kind = MessageKind::image_get, .digest = world.order(1).image, .offset = ~std::uint64_t{0}});
    tell({.kind = MessageKind::fetch, .total = ~std::uint64_t{0}});
    tell({.kind = MessageKind::block_list_ack, .digest = sha256_hex("none")});
    tell({.kind = MessageKind::stopped});
    tell({.kind = MessageKind::job, .job = "x", .attempt = 1, .text = "{}"});
    tell({.kind = MessageKind::receipt, .digest = sha256_hex("none")});
    // As many unfinished results as it likes
    auto part = result(world.order(1).id, 1, std::to_string(i));
    part.total = 1'000;
    tell(part);
    turns(1);
  }
  const std::vector<std::string> hellos{"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{}",
                                        R"({"protocol":1})",
                                        R"({"protocol":1,"key":7})",
                                        R"({"protocol":2,"key":"x"})",
                                        R"({"protocol":1,"key":"x","jobs":[1,{},"y"]})",
                                        std::string(100'000, '[')};
  for (const auto& text : hellos) {
    tell({.kind = MessageKind::hello, .text = text});
    turns(3);
  }
  hear_nothing_bad_of_the_others();
  EXPECT_GE(world.observer.alerts.size(), hellos.size() / 2);
  std::printf("hostile agent: %d floods of 10 messages and %zu false greetings, %zu alerts\n", rounds, hellos.size(),
              world.observer.alerts.size());
}

TEST_F(HostileAgent, bytes_that_are_no_frames_cut_its_link_only) {
  turns(20);
  for (int i = 0; i < 5; ++i) {
    if (liar->is_open()) {
      const std::string nonsense(10'000, static_cast<char>('a' + i));
      [[maybe_unused]] const auto sent = ::send(liar->descriptor(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL);
    }
    turns(100);
  }
  hear_nothing_bad_of_the_others();
}

}  // namespace
}  // namespace utnt::fleet::test
