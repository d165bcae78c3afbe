// SPDX-License-Identifier: BSD-2-Clause
// The fleet in virtual time: clock, links, the controller's side and the checks; the nodes' side stands in
// fleet_world_node_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "fleet/model/fleet_world_test_support.hpp"

namespace utnt::fleet::test {

FleetWorld::FleetWorld(const Setting& setting) : setting_{setting}, prng_{setting.seed}, nodes_(setting.nodes) {
  start_controller();
  for (std::size_t node = 0; node < nodes_.size(); ++node) start_agent(node);
  if (const auto gone = setting_.faults.gone)
    later(setting_.faults.until / 2, [this, gone] {
      nodes_[*gone].is_gone = true;
      kill_agent(*gone);
    });
}

// Time and faults

void FleetWorld::later(Duration wait, Thing thing) {
  events_.emplace(std::pair{now_ + wait, ++sequence_}, std::move(thing));
}

Duration FleetWorld::between(Duration least, Duration most) {
  return least + Duration{static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>((most - least).ns()) + 1))};
}

void FleetWorld::point(std::optional<std::size_t> node) {
  ++tally_.points;
  const bool is_named = tally_.points == setting_.faults.crash_at;
  if (is_named || (are_faults_on() && prng_.chance(setting_.faults.crash, 100'000))) throw Crash{node};
}

void FleetWorld::guarded(const Thing& thing) {
  try {
    thing();
  } catch (const Crash& crash) {
    ++tally_.crashes;
    if (crash.node)
      kill_agent(*crash.node);
    else
      kill_controller();
  }
}

/// One event, or the timers that are due before it.
bool FleetWorld::step() {
  std::optional<Instant> next;
  const auto consider = [&next](std::optional<Instant> t) {
    if (t && (!next || *t < *next)) next = t;
  };
  if (!events_.empty()) consider(events_.begin()->first.first);
  if (dispatcher_) consider(dispatcher_->next_deadline());
  for (const auto& node : nodes_)
    if (node.agent) consider(node.agent->next_deadline());
  if (!next) return false;
  now_ = std::max(now_, *next);
  if (!events_.empty() && events_.begin()->first.first <= now_) {
    const auto thing = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    guarded(thing);
  }
  if (dispatcher_ && dispatcher_->next_deadline() && *dispatcher_->next_deadline() <= now_)
    guarded([this] {
      dispatcher_->tick(now_);
      drain_controller();
    });
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].agent && nodes_[i].agent->next_deadline() && *nodes_[i].agent->next_deadline() <= now_)
      guarded([this, i] {
        nodes_[i].agent->tick(now_);
        drain_agent(i);
      });
  check_always();
  return true;
}

// Links

void FleetWorld::connect(std::size_t i) {
  auto& node = nodes_[i];
  if (node.is_gone || !node.agent || !dispatcher_ || node.controller_end != 0) return;
  const auto connection = ++sequence_;
  node.controller_end = connection;
  if (node.agent_end != 0) node.agent->link_down(now_);
  node.agent_end = connection;
  node.is_welcome = false;
  say_hello(i, connection);
}

/// Until it is answered: a hello can get lost as everything can.
void FleetWorld::say_hello(std::size_t i, std::uint64_t connection) {
  auto& node = nodes_[i];
  if (!node.agent || node.agent_end != connection || node.is_welcome) return;
  Message hello{.kind = MessageKind::hello, .total = setting_.slots};
  for (const auto& job : node.agent->jobs()) hello.text += job + ' ';
  to_controller(i, hello);
  node.agent->link_up(now_);
  later(seconds(5), [this, i, connection] { say_hello(i, connection); });
  drain_agent(i);
}

/// Either end notices in its own time, or never before the next connection.
void FleetWorld::cut(std::size_t i) {
  auto& node = nodes_[i];
  ++tally_.cuts;
  node.broken = std::max(node.controller_end, node.agent_end);
  const auto connection = node.broken;
  later(between(seconds(0), seconds(40)), [this, i, connection] {
    if (!dispatcher_ || nodes_[i].controller_end != connection) return;
    nodes_[i].controller_end = 0;
    dispatcher_->node_lost(node_name(i), now_);
    drain_controller();
    later(between(milliseconds(100), seconds(3)), [this, i] { connect(i); });
  });
  later(between(seconds(0), seconds(80)), [this, i, connection] {
    if (!nodes_[i].agent || nodes_[i].agent_end != connection) return;
    nodes_[i].agent_end = 0;
    nodes_[i].agent->link_down(now_);
    drain_agent(i);
  });
}

void FleetWorld::to_node(std::size_t i, const Message& message) {
  if (nodes_[i].controller_end != 0) transfer(i, nodes_[i].controller_end, true, message);
}
void FleetWorld::to_controller(std::size_t i, const Message& message) {
  if (nodes_[i].agent_end != 0) transfer(i, nodes_[i].agent_end, false, message);
}

void FleetWorld::transfer(std::size_t i, std::uint64_t connection, bool is_to_node, const Message& message) {
  const auto& faults = setting_.faults;
  const auto copies = happens(faults.lose) ? 0 : happens(faults.repeat) ? 2 : 1;
  tally_.lost += copies == 0 ? 1 : 0;
  tally_.repeated += copies == 2 ? 1 : 0;
  for (int copy = 0; copy < copies; ++copy) {
    const auto wait = happens(faults.reorder) ? between(milliseconds(5), seconds(4)) : milliseconds(5);
    later(wait, [this, i, connection, is_to_node, message] { deliver(i, connection, is_to_node, message); });
  }
  if (happens(faults.cut) && nodes_[i].broken < connection) cut(i);
}

void FleetWorld::deliver(std::size_t i, std::uint64_t connection, bool is_to_node, const Message& message) {
  const auto& node = nodes_[i];
  if (connection <= node.broken) return;
  if (is_to_node && node.agent && node.agent_end == connection) agent_hears(i, message);
  if (!is_to_node && dispatcher_ && node.controller_end == connection) controller_hears(i, message);
}

// The controller

void FleetWorld::start_controller() {
  dispatcher_.emplace(setting_.policy);
  std::vector<JobRecord> records;
  for (const auto& [id, record] : rows_) records.push_back(record);
  std::ranges::sort(records, {}, &JobRecord::sequence);
  dispatcher_->restore(std::move(records), now_);
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    later(between(milliseconds(1), seconds(1)), [this, i] { connect(i); });
}

void FleetWorld::kill_controller() {
  dispatcher_.reset();
  pieces_.clear();
  uncommitted_.clear();
  for (auto& node : nodes_) {
    node.broken = std::max({node.broken, node.controller_end, node.agent_end});
    node.controller_end = 0;
  }
  later(between(milliseconds(200), seconds(50)), [this] { start_controller(); });
}

void FleetWorld::accept_at(Duration when, JobRecord job) {
  ++pending_requests_;
  later(when - (now_ - Instant{}), [this, job] {
    --pending_requests_;
    if (!dispatcher_) return accept_at((now_ - Instant{}) + seconds(1), job);
    dispatcher_->accept(job, now_);
    try {
      drain_controller();
    } catch (const Crash&) {  // whoever asked was not told that it was accepted: asks again
      accept_at((now_ - Instant{}) + seconds(1), job);
      throw;
    }
  });
}

void FleetWorld::cancel_at(Duration when, const std::string& job) {
  later(when, [this, job] {
    if (!dispatcher_) return;
    dispatcher_->cancel(job, now_);
    drain_controller();
  });
}

void FleetWorld::stop_at(Duration when) {
  later(when, [this] {
    if (!dispatcher_) return;
    dispatcher_->stop_all(now_);
    drain_controller();
  });
}

void FleetWorld::controller_hears(std::size_t i, const Message& message) {
  const auto name = node_name(i);
  if (message.kind == MessageKind::hello) {
    std::set<std::string> has;
    std::istringstream words{message.text};
    for (std::string job; words >> job;) has.insert(job);
    dispatcher_->node_up(name, static_cast<std::uint32_t>(message.total), has, now_);
    to_node(i, {.kind = MessageKind::welcome});
  } else if (message.kind == MessageKind::have) {
    Message held{.kind = MessageKind::held};
    std::istringstream words{message.text};
    for (std::string digest; words >> digest;)
      if (results_.contains(digest)) held.text += digest + ' ';
    to_node(i, held);
  }
  dispatcher_->receive(name, message, now_);
  if (message.kind == MessageKind::result) {
    auto& pieces = pieces_[message.digest];
    pieces.insert(message.offset);
    if (pieces.size() == message.total) {
      pieces_.erase(message.digest);
      take_whole_result(i, message);
    }
  }
  drain_controller();
}

void FleetWorld::take_whole_result(std::size_t i, const Message& last) {
  const auto ending = parse_ending(last.text);
  const auto arrival = dispatcher_->result_arrived(node_name(i), last.job, last.attempt, last.digest, ending, now_);
  EXPECT_NE(arrival, Arrival::stranger);
  uncommitted_.emplace_back(last.digest, StoredResult{last.job, last.attempt, ending.is_complete});
}

void FleetWorld::drain_controller() {
  const auto changes = dispatcher_->take_changes();
  if (!changes.empty() || !uncommitted_.empty()) {
    point(std::nullopt);
    commit(changes);
    point(std::nullopt);
  }
  for (const auto& outgoing : dispatcher_->take_messages()) {
    to_node(index_of(outgoing.node), outgoing.message);
    point(std::nullopt);
  }
}

void FleetWorld::commit(const std::vector<JobRecord>& changes) {
  for (const auto& change : changes) {
    const auto [row, is_new] = rows_.try_emplace(change.order.id, change);
    if (is_new) continue;
    EXPECT_FALSE(is_final(row->second.state)) << name_of(row->second.state) << " became " << name_of(change.state);
    row->second = change;
  }
  for (const auto& [digest, result] : uncommitted_) results_.try_emplace(digest, result);
  uncommitted_.clear();
}

// Checks

const JobRecord* FleetWorld::row(const std::string& job) const {
  const auto found = rows_.find(job);
  return found == rows_.end() ? nullptr : &found->second;
}

std::uint64_t FleetWorld::count(JobState state) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rows_, [state](const auto& row) { return row.second.state == state; }));
}

std::uint64_t FleetWorld::runs_of(const std::string& job) const {
  std::uint64_t all = 0;
  for (const auto& [attempt, runs] : started_) all += attempt.first == job ? runs : 0;
  return all;
}

std::vector<std::string> FleetWorld::node_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < nodes_.size(); ++i) names.push_back(node_name(i));
  return names;
}

void FleetWorld::check_always() const {
  for (const auto& node : nodes_) EXPECT_LE(node.runs.size(), setting_.slots);
  if (!dispatcher_) return;
  const auto& counts = dispatcher_->counts();
  std::uint64_t sum = 0;
  for (const auto state : counts.in_state) sum += state;
  EXPECT_EQ(sum, counts.accepted);
  EXPECT_EQ(counts.accepted, rows_.size());
  for (std::size_t state = 0; state < job_states; ++state)
    EXPECT_EQ(counts.in_state[state], count(static_cast<JobState>(state))) << job_state_names[state];
}

bool FleetWorld::is_settled() const {
  if (pending_requests_ > 0 || !dispatcher_ || are_faults_on()) return false;
  const auto is_done = [](const auto& row) { return is_final(row.second.state); };
  const auto is_quiet = [](const Node& node) {
    return node.is_gone || (node.agent && node.controller_end != 0 && node.spool.empty() && node.runs.empty());
  };
  return std::ranges::all_of(rows_, is_done) && std::ranges::all_of(nodes_, is_quiet);
}

void FleetWorld::run(Duration limit) {
  const auto end = now_ + limit;
  const auto go_on = [&](const auto& condition) {
    while (condition() && now_ < end && !testing::Test::HasFailure())
      if (!step()) break;
  };
  std::uint64_t crashes = 0;
  do {
    go_on([&] { return !is_settled(); });
    crashes = tally_.crashes;
    const auto quiet = now_ + seconds(120);  // for links that are half open and fetches that got lost
    go_on([&] { return now_ < quiet; });
  } while (crashes != tally_.crashes);
  check_end();
}

void FleetWorld::check_end() {
  EXPECT_TRUE(is_settled()) << "at " << now_.ns() / 1'000'000'000 << " s";
  const bool is_wait = setting_.policy.when_busy == WhenBusy::wait;
  for (const auto& [id, row] : rows_) {
    EXPECT_TRUE(is_final(row.state)) << id << " is " << name_of(row.state) << ' ' << row.detail;
    EXPECT_LE(runs_of(id), is_wait ? setting_.policy.attempts_max : 1);
    const auto stored = results_.find(row.result);
    const bool has_complete = stored != results_.end() && stored->second.job == id && stored->second.is_complete;
    EXPECT_TRUE(row.state != JobState::done || has_complete) << id;
    EXPECT_TRUE(row.state != JobState::failed || !has_complete) << id;
    EXPECT_FALSE(row.state == JobState::refused && runs_of(id) > 0) << row.reason;
  }
  for (const auto& [digest, made] : complete_)
    EXPECT_TRUE(nodes_[made.first].is_gone || results_.contains(digest)) << "lost: a result of " << made.second;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    EXPECT_TRUE(nodes_[i].is_gone || !dispatcher_ || nodes_[i].agent->is_stopped() ||
                dispatcher_->free_slots(node_name(i), now_) == setting_.slots)
        << "a slot of node " << i << " is lost";
}

}  // namespace utnt::fleet::test
