// SPDX-License-Identifier: BSD-2-Clause
// A node that says anything, and a controller that does: neither may touch what is not its own, nor upset the other.
// Case F12 of the fleet specification, section 3.6, as far as decisions go.
#include <gtest/gtest.h>

#include "fleet/model/agent.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/model_test_support.hpp"
#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using test::at;
using test::job_number;

/// Any kind about any of the jobs, or none that exists.
Message any_message(Prng& prng, const std::vector<Order>& orders) {
  const auto& order = orders[prng.below(orders.size())];
  Message message;
  const auto kind = 1 + prng.below(24);
  message.kind = static_cast<MessageKind>(kind <= 12 ? kind : kind + 19);
  message.job = prng.chance(1, 8) ? "" : order.id;
  message.attempt = static_cast<std::uint32_t>(prng.chance(1, 8) ? prng.next() : prng.below(4));
  message.digest = prng.chance(1, 2) ? std::string(64, 'e') : std::string{};
  message.offset = prng.chance(1, 2) ? 0 : prng.next();
  message.total = prng.chance(1, 2) ? 1 : prng.next();
  const std::string texts[]{"",
                            "busy\t",
                            "no space",
                            "complete",
                            "\x01\xff",
                            std::string(5'000, ' '),
                            order_text(order),
                            std::string(64, 'e')};
  message.text = texts[prng.below(std::size(texts))];
  return message;
}

PROPERTY("a hostile node changes nothing about the jobs of others", prng) {
  Policy policy;
  if (prng.chance(1, 2)) policy.when_busy = WhenBusy::discard;
  Dispatcher dispatcher{policy};
  for (const char* node : {"good", "evil"}) {
    dispatcher.node_up(node, 2, {}, at(0));
    dispatcher.receive(node, {.kind = MessageKind::fetch, .total = 2}, at(0));
  }
  std::vector<Order> orders;
  for (std::uint64_t event = 0; event < 6; ++event) {
    const auto job = job_number(event, {event % 2 == 0 ? "good" : "evil"});
    orders.push_back(job.order);
    dispatcher.accept(job, at(0));
  }
  for (const auto* good : {&orders[0], &orders[2]})
    dispatcher.receive("good", {.kind = MessageKind::claim, .job = good->id, .attempt = 1}, at(0));
  std::map<std::string, JobRecord> before;
  for (const auto& record : dispatcher.take_changes()) before[record.order.id] = record;
  for (int step = 0; step < 200; ++step) {
    const auto message = any_message(prng, orders);
    dispatcher.receive("evil", message, at(1));
    if (message.kind == MessageKind::hello) dispatcher.node_up("evil", message.attempt, {message.job}, at(1));
    if (message.kind == MessageKind::result)
      dispatcher.result_arrived("evil", message.job, message.attempt, message.digest, parse_ending(message.text),
                                at(1));
    std::uint64_t sum = 0;
    for (const auto count : dispatcher.counts().in_state) sum += count;
    EXPECT_EQ(sum, 6U);
  }
  for (std::size_t i = 0; i < orders.size(); i += 2) {
    const auto& now = *dispatcher.find(orders[i].id);
    const auto& then = before[orders[i].id];
    EXPECT_EQ(now.state, then.state);
    EXPECT_EQ(now.node, then.node);
    EXPECT_EQ(now.tried, then.tried);
  }
  for (const auto& outgoing : dispatcher.take_messages())
    EXPECT_TRUE(outgoing.node == "evil" || outgoing.message.kind == MessageKind::job);
  EXPECT_EQ(dispatcher.free_slots("good", at(1)), 0U);
}

PROPERTY("a hostile controller runs no attempt twice and no more at a time than there are slots", prng) {
  Agent agent{{.slots = 2}};
  agent.restore({}, at(0));
  agent.link_up(at(0));
  std::vector<Order> orders;
  for (std::uint64_t event = 0; event < 5; ++event) orders.push_back(test::order_number(event));
  std::map<std::string, std::uint32_t> runs;
  std::set<std::pair<std::string, std::uint32_t>> started;
  std::set<std::string> spool;
  for (int step = 0; step < 300; ++step) {
    if (prng.chance(1, 4) && !runs.empty()) {
      const auto [job, attempt] = *runs.begin();
      const auto digest = std::string(60, '0') + std::to_string(1'000 + step);
      spool.insert(digest);
      runs.erase(job);
      agent.run_ended({.digest = digest, .job = job, .attempt = attempt, .bytes = 1, .how = "crashed"}, at(step));
    }
    auto message = any_message(prng, orders);
    if (prng.chance(1, 8) && !spool.empty()) message.digest = *spool.begin();
    agent.receive(message, at(step));
    agent.tick(at(step));
    for (const auto& action : agent.take_actions()) {
      if (const auto* image = std::get_if<FetchImage>(&action)) agent.image_ready(image->digest, at(step));
      const auto* drop = std::get_if<DropResult>(&action);
      EXPECT_TRUE(drop == nullptr || spool.erase(drop->digest) == 1);
    }
    for (const auto& action : agent.take_actions()) {
      const auto* start = std::get_if<StartRun>(&action);
      if (start == nullptr) continue;
      EXPECT_TRUE(started.emplace(start->order.id, start->attempt).second);
      runs[start->order.id] = start->attempt;
    }
    EXPECT_LE(runs.size(), 2U);
  }
}

}  // namespace
}  // namespace utnt::fleet
