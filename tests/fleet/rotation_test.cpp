// SPDX-License-Identifier: BSD-2-Clause
// A node gets another key while it works: its results are taken before, during and after, and none once it is revoked.
#include <gtest/gtest.h>

#include <algorithm>

#include "fault_world.hpp"
#include "fleet/node/node_key.hpp"
#include "fleet/trust/key_record.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet::test {
namespace {

constexpr std::uint32_t jobs = 6;

/// As `utnt fleet nodes rotate` does it.
PublicKey rotate(FaultWorld& world, Duration grace) {
  const auto old_key = parse_key_text(world.store->find_node("node-1")->public_key);
  const RotateRequest request{.node = "node-1", .key = old_key.value()};
  const auto now_s = os_linux::wall_clock_ns() / 1'000'000'000;
  const auto answer = rotate_node_key(world.spool(), request, now_s);
  KeyRing ring;
  ring.add({.key = *old_key, .owner = "node-1"});
  const auto next = accept_rotation(ring, answer, now_s, "answer").key;
  world.store->rotate_node_key("node-1", key_text(next), grace,
                               {.who = "operator", .action = "rotate", .detail = "node-1"});
  return next;
}

/// Results whose signature is by that key.
std::size_t signed_by(const FaultWorld& world, const PublicKey& key) {
  std::size_t count = 0;
  world.store->each_result({}, [&](const ResultRow& row) {
    if (is_statement_by(key, Purpose::result, result_statement(row.job, row.attempt, row.digest), row.signature))
      ++count;
  });
  return count;
}

template <class Condition>
bool turn_until(FaultWorld& world, Condition condition) {
  const auto end = os_linux::monotonic_now() + Duration{20'000'000'000};
  while (!condition() && os_linux::monotonic_now() < end) world.turn();
  return condition();
}

TEST(KeyRotationOfAFleet, loses_no_result_and_says_nothing) {
  FaultWorld world{{}, jobs};
  world.variants.plan.lasts = Duration{20'000'000};
  ASSERT_TRUE(turn_until(world, [&] { return world.observer.stored >= 2; }));
  const auto old_key = *parse_key_text(world.store->find_node("node-1")->public_key);
  const auto next = rotate(world, Duration{60'000'000'000});
  ASSERT_TRUE(turn_until(world, [&] { return world.outcome().is_settled; }));
  EXPECT_EQ(world.outcome().done, jobs);
  EXPECT_GE(signed_by(world, old_key), 2U);
  EXPECT_GE(signed_by(world, next), 1U);
  EXPECT_EQ(signed_by(world, old_key) + signed_by(world, next), jobs);
  EXPECT_TRUE(world.observer.alerts.empty()) << world.observer.alerts.front();
  // Whoever asks later: each is signed by a key that the node had when it came.
  world.store->each_result({}, [&](const ResultRow& row) {
    const auto keys = world.store->keys_at(row.node, row.received_ns);
    EXPECT_TRUE(std::ranges::any_of(keys, [&](const std::string& key) {
      return is_statement_by(*parse_key_text(key), Purpose::result, result_statement(row.job, row.attempt, row.digest),
                             row.signature);
    }));
  });
  // The next connection, of agent and controller both started anew, goes by the new key.
  world.restart_agent();
  world.restart_controller();
  EXPECT_TRUE(turn_until(world, [&] { return world.controller->is_connected("node-1"); }));
  EXPECT_EQ(world.store->find_node("node-1")->public_key, key_text(next));
}

TEST(KeyRotationOfAFleet, takes_nothing_from_the_key_that_was_rotated_away_once_its_grace_is_over) {
  FaultWorld world{{}, jobs};
  world.variants.plan.lasts = Duration{20'000'000};
  ASSERT_TRUE(turn_until(world, [&] { return world.observer.stored >= 1; }));
  // The controller believes another key; the node goes on with the old one.
  world.store->rotate_node_key("node-1", key_text(SecretKey::make().public_key()), Duration{0}, {});
  const auto stored = world.observer.stored;
  ASSERT_TRUE(turn_until(world, [&] { return !world.observer.alerts.empty(); }));
  EXPECT_NE(world.observer.alerts.front().find("not signed by the node's key"), std::string::npos);
  EXPECT_EQ(world.observer.stored, stored);
}

TEST(KeyRotationOfAFleet, ends_with_revocation_also_for_a_node_that_is_connected) {
  FaultWorld world{{}, jobs};
  world.variants.plan.lasts = Duration{20'000'000};
  ASSERT_TRUE(turn_until(world, [&] { return world.observer.stored >= 1; }));
  world.store->revoke_node("node-1");
  const auto stored = world.observer.stored;
  ASSERT_TRUE(turn_until(world, [&] { return !world.observer.alerts.empty(); }));
  EXPECT_EQ(world.observer.stored, stored);
}

}  // namespace
}  // namespace utnt::fleet::test
