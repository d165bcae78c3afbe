// SPDX-License-Identifier: BSD-2-Clause
// The nodes' side of the fleet in virtual time: an agent, its disk, its runs.
#include <gtest/gtest.h>

#include <algorithm>

#include "fleet/model/fleet_world_test_support.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet::test {
namespace {

constexpr std::uint64_t pieces_of_a_result = 2;

}  // namespace

void FleetWorld::start_agent(std::size_t i) {
  auto& node = nodes_[i];
  if (node.is_gone || node.agent) return;
  for (auto entry = node.journal.begin(); entry != node.journal.end(); entry = node.journal.erase(entry)) {
    const auto& [order, attempt] = entry->second;
    const bool is_spooled = std::ranges::any_of(node.spool, [&](const auto& result) {
      return result.second.spooled.job == order.id && result.second.spooled.attempt == attempt;
    });
    if (!is_spooled) spool(i, order.id, attempt, failed(reason::crashed, "the agent died"));
    point(i);
  }
  std::vector<SpooledResult> spooled;
  for (const auto& [digest, result] : node.spool) spooled.push_back(result.spooled);
  node.agent.emplace(AgentLimits{.slots = setting_.slots});
  node.agent->restore(std::move(spooled), now_);
  later(between(milliseconds(1), seconds(2)), [this, i] { connect(i); });
}

void FleetWorld::kill_agent(std::size_t i) {
  auto& node = nodes_[i];
  node.agent.reset();
  node.runs.clear();
  ++node.boot;
  if (node.controller_end != 0 || node.agent_end != 0) cut(i);
  node.agent_end = 0;
  if (!node.is_gone) later(between(milliseconds(100), seconds(50)), [this, i] { start_agent(i); });
}

void FleetWorld::agent_hears(std::size_t i, const Message& message) {
  if (message.kind == MessageKind::welcome) nodes_[i].is_welcome = true;
  nodes_[i].agent->receive(message, now_);
  drain_agent(i);
}

void FleetWorld::drain_agent(std::size_t i) {
  for (auto actions = nodes_[i].agent->take_actions(); !actions.empty(); actions = nodes_[i].agent->take_actions())
    for (const auto& action : actions) {
      point(i);
      act(i, action);
    }
}

void FleetWorld::act(std::size_t i, const AgentAction& action) {
  auto& node = nodes_[i];
  if (const auto* remember = std::get_if<RememberJob>(&action)) {
    node.journal[remember->order.id] = {remember->order, remember->attempt};
  } else if (const auto* start = std::get_if<StartRun>(&action)) {
    start_run(i, start->order, start->attempt);
  } else if (const auto* end = std::get_if<EndRun>(&action)) {
    end_run(i, end->job, end->attempt, failed(end->reason, end->detail));
  } else if (const auto* forget = std::get_if<ForgetJob>(&action)) {
    node.journal.erase(forget->job);
  } else if (const auto* drop = std::get_if<DropResult>(&action)) {
    EXPECT_TRUE(results_.contains(drop->digest)) << "deleted from the spool before it was stored";
    tally_.drops += node.spool.erase(drop->digest);
  } else if (const auto* image = std::get_if<FetchImage>(&action)) {
    later(between(milliseconds(1), seconds(2)), [this, i, digest = image->digest, boot = node.boot] {
      if (nodes_[i].boot != boot) return;
      if (happens(setting_.faults.bad_images))
        nodes_[i].agent->image_failed(digest, "cut short", now_);
      else
        nodes_[i].agent->image_ready(digest, now_);
      drain_agent(i);
    });
  } else if (const auto* send = std::get_if<SendResult>(&action)) {
    const auto& result = send->result;
    Message message{.kind = MessageKind::finish,
                    .job = result.job,
                    .attempt = result.attempt,
                    .digest = result.digest,
                    .text = result.how};
    to_controller(i, message);
    message.kind = MessageKind::result;
    message.total = pieces_of_a_result;
    for (message.offset = 0; message.offset < pieces_of_a_result; ++message.offset) {
      point(i);
      to_controller(i, message);
    }
  } else {
    to_controller(i, std::get<Message>(action));
  }
}

/// Whether a job is poison and how long it takes follows from its identity, so that every attempt fares alike.
void FleetWorld::start_run(std::size_t i, const Order& order, std::uint32_t attempt) {
  auto& node = nodes_[i];
  ++tally_.runs;
  EXPECT_EQ(++started_[std::pair(order.id, attempt)], 1U) << "attempt " << attempt << " ran twice";
  EXPECT_FALSE(node.runs.contains(order.id));
  node.runs[order.id] = {.attempt = attempt};
  Prng fate{std::stoull(order.id.substr(0, 15), nullptr, 16)};
  const bool is_poison = fate.chance(setting_.faults.poison, 1'000);
  const Duration takes{static_cast<std::int64_t>(fate.below(static_cast<std::uint64_t>(setting_.run_max.ns()))) + 1};
  later(takes, [this, i, id = order.id, attempt, boot = node.boot, is_poison] {
    auto& runs = nodes_[i].runs;
    if (nodes_[i].boot != boot || !runs.contains(id) || runs.at(id).attempt != attempt) return;
    end_run(i, id, attempt, is_poison ? failed(reason::crashed, "exit 125") : complete());
    drain_agent(i);
  });
}

void FleetWorld::end_run(std::size_t i, const std::string& job, std::uint32_t attempt, const Ending& ending) {
  nodes_[i].runs.erase(job);
  point(i);
  const auto result = spool(i, job, attempt, ending);
  point(i);
  nodes_[i].agent->run_ended(result.spooled, now_);
}

FleetWorld::Result FleetWorld::spool(std::size_t i, const std::string& job, std::uint32_t attempt,
                                     const Ending& ending) {
  const auto how = ending_text(ending);
  Result result;
  result.ending = ending;
  result.spooled = {.digest = sha256_hex(job + ' ' + std::to_string(attempt) + ' ' + how),
                    .job = job,
                    .attempt = attempt,
                    .bytes = pieces_of_a_result,
                    .how = how};
  nodes_[i].spool[result.spooled.digest] = result;
  if (ending.is_complete) complete_[result.spooled.digest] = {i, job};
  return result;
}

}  // namespace utnt::fleet::test
