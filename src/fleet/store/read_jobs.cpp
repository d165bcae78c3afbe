// SPDX-License-Identifier: BSD-2-Clause
// Questions to the ledger: what a controller resumes from, what `ls`, `show` and `explain` tell.
#include <fmt/format.h>

#include <algorithm>

#include "fleet/store/database.hpp"
#include "fleet/store/store.hpp"
#include "fleet/store/write_rows.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view row_columns =
    "number, id, campaign, event, part, variant, tender, image, first_target, targets, priority, state, node, attempt,"
    " reason, detail, result, accepted_ns, since_ns, start_by_ns, finish_by_ns";

JobRow row_from(const Query& query) {
  return {.number = query.count(0),
          .id = query.text(1),
          .campaign = query.text(2),
          .event = query.count(3),
          .part = static_cast<std::uint32_t>(query.number(4)),
          .variant = variant_named(query.text(5)).value_or(Variant::unikernel),
          .tender = query.text(6),
          .image = query.text(7),
          .first_target = query.text(8),
          .targets = query.count(9),
          .priority = static_cast<int>(query.number(10)),
          .state = static_cast<JobState>(query.number(11)),
          .node = query.text(12),
          .attempt = static_cast<std::uint32_t>(query.number(13)),
          .reason = query.text(14),
          .detail = query.text(15),
          .result = query.text(16),
          .accepted_ns = query.number(17),
          .since_ns = query.number(18),
          .start_by_ns = query.number_or_nothing(19),
          .finish_by_ns = query.number_or_nothing(20)};
}

/// Turns stored times of a row back: by the relation that held when it was written, if its clock still runs.
class RowInstants {
 public:
  RowInstants(const Clocks& now, const std::string& domain, std::int64_t offset_ns)
      : now_{now}, offset_ns_{offset_ns}, is_same_{!domain.empty() && domain == now.domain} {}
  [[nodiscard]] Instant at(std::int64_t wall_ns) const {
    return is_same_ ? Instant{wall_ns - offset_ns_} : now_.to_instant(wall_ns);
  }
  [[nodiscard]] std::optional<Instant> at(const std::optional<std::int64_t>& wall_ns) const {
    return wall_ns ? std::optional{at(*wall_ns)} : std::nullopt;
  }

 private:
  const Clocks& now_;
  std::int64_t offset_ns_;
  bool is_same_;
};

Order order_from(const Database& database, const std::string& job, const std::string& text) {
  try {
    return parse_order(text);
  } catch (const std::invalid_argument& problem) {
    throw StoreFailure{StoreProblem::corrupt,
                       fmt::format("store {}: the order of job {} is damaged ({}); restore a backup", database.path(),
                                   job, problem.what())};
  }
}

/// Of an order that is never sent again.
Order brief_order(const Query& query) {
  Order order;
  order.id = query.text(0);
  order.campaign = query.text(15);
  order.event = query.count(16);
  order.part = static_cast<std::uint32_t>(query.number(17));
  order.variant = variant_named(query.text(18)).value_or(Variant::unikernel);
  order.tender = query.text(19);
  order.image = query.text(20);
  return order;
}

}  // namespace

std::vector<JobRecord> Store::restore_jobs() const { return restore_jobs(read_clocks()); }

std::vector<JobRecord> Store::restore_jobs(const Clocks& now) const {
  std::vector<JobRecord> jobs;
  Query query{*database_,
              "SELECT jobs.id, order_text, nodes, priority, sequence, start_by_ns, finish_by_ns, state, node, attempt,"
              " tried, runs, reason, detail, result, campaign, event, part, variant, tender, image, since_ns, domain,"
              " offset_ns, runs_once FROM jobs JOIN clocks ON clocks.id = jobs.clock ORDER BY number"};
  while (query.step()) {
    const RowInstants instants{now, query.text(22), query.number(23)};
    JobRecord job;
    job.state = static_cast<JobState>(query.number(7));
    job.order = is_final(job.state) ? brief_order(query) : order_from(*database_, query.text(0), query.text(1));
    job.nodes = split_names(query.text(2));
    job.priority = static_cast<int>(query.number(3));
    job.sequence = query.count(4);
    job.start_by = instants.at(query.number_or_nothing(5));
    job.finish_by = instants.at(query.number_or_nothing(6));
    job.node = query.text(8);
    job.attempt = static_cast<std::uint32_t>(query.number(9));
    job.tried = split_names(query.text(10));
    job.runs = static_cast<std::uint32_t>(query.number(11));
    job.reason = query.text(12);
    job.detail = query.text(13);
    job.result = query.text(14);
    job.since = instants.at(query.number(21));
    job.runs_once = query.number(24) != 0;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Balance Store::balance() const {
  Balance balance;
  Transaction same_moment{*database_, Transaction::Kind::read};
  if (Query query{*database_, "SELECT accepted FROM ledger"}; query.step()) balance.accepted = query.count(0);
  std::uint64_t sum = 0;
  Query states{*database_, "SELECT state, count(*) FROM jobs GROUP BY state"};
  while (states.step()) {
    balance.in_state.at(static_cast<std::size_t>(states.number(0))) = states.count(1);
    sum += states.count(1);
  }
  if (Query query{*database_, "SELECT count(*), coalesce(sum(is_late), 0) FROM results"}; query.step()) {
    balance.results = query.count(0);
    balance.late_results = query.count(1);
  }
  std::uint64_t without = 0;
  if (Query query{*database_,
                  "SELECT count(*) FROM jobs WHERE state = ? AND NOT EXISTS"
                  " (SELECT 1 FROM results WHERE digest = jobs.result AND results.job = jobs.id)"};
      query.with(static_cast<int>(JobState::done)).step())
    without = query.count(0);
  if (sum != balance.accepted)
    balance.alert =
        fmt::format("the ledger does not balance: {} jobs were accepted and {} have a state; ", balance.accepted, sum);
  if (without != 0) balance.alert += fmt::format("{} jobs are done and their results are not in the store; ", without);
  if (!balance.alert.empty()) balance.alert += "keep a copy of " + path() + " and restore a backup";
  return balance;
}

std::vector<JobRow> Store::list_jobs(const JobFilter& filter) const {
  // One index serves a question, that of the rarest property; a + keeps SQLite from choosing another.
  const bool by_node = !filter.node.empty(), by_reason = !by_node && !filter.reason.empty();
  const bool by_campaign = !by_node && !by_reason && !filter.campaign.empty();
  const bool by_state = !by_node && !by_reason && !by_campaign;
  auto sql = fmt::format("SELECT {} FROM jobs WHERE number < ?1", row_columns);
  if (!filter.node.empty()) sql += " AND node = ?2";
  if (!filter.reason.empty()) sql += by_reason ? " AND reason = ?3 AND reason <> ''" : " AND +reason = ?3";
  if (!filter.campaign.empty()) sql += by_campaign ? " AND campaign = ?4" : " AND +campaign = ?4";
  if (filter.state) sql += by_state ? " AND state = ?5" : " AND +state = ?5";
  sql += " ORDER BY number DESC LIMIT ?6";
  constexpr auto no_bound = std::numeric_limits<std::int64_t>::max();
  const auto before = filter.before ? static_cast<std::int64_t>(*filter.before) : no_bound;
  Query query{*database_, sql};
  query.with(before, filter.node, filter.reason, filter.campaign, filter.state ? static_cast<int>(*filter.state) : 0,
             filter.limit);
  std::vector<JobRow> rows;
  while (query.step()) rows.push_back(row_from(query));
  return rows;
}

std::optional<JobRow> Store::find_job(std::string_view id_or_begin) const {
  constexpr std::size_t digits_min = 4;
  constexpr char behind_digits = 'g';
  if (id_or_begin.size() < digits_min) return std::nullopt;
  const auto sql = fmt::format("SELECT {} FROM jobs WHERE id >= ? AND id < ? LIMIT 2", row_columns);
  Query query{*database_, sql};
  if (!query.with(id_or_begin, std::string{id_or_begin} + behind_digits).step()) return std::nullopt;
  auto row = row_from(query);
  return query.step() && row.id != id_or_begin ? std::nullopt : std::optional{std::move(row)};
}

std::optional<Order> Store::order_of(std::string_view job) const {
  Query query{*database_, "SELECT order_text FROM jobs WHERE id = ?"};
  if (!query.with(job).step()) return std::nullopt;
  return order_from(*database_, std::string{job}, query.text(0));
}

std::optional<Explanation> Store::explain(std::string_view id_or_begin) const {
  Transaction same_moment{*database_, Transaction::Kind::read};
  auto job = find_job(id_or_begin);
  if (!job) return std::nullopt;
  Explanation all{.job = std::move(*job)};
  Query order{*database_, "SELECT order_text, nodes FROM jobs WHERE number = ?"};
  if (order.with(all.job.number).step()) {
    all.order = order_from(*database_, all.job.id, order.text(0));
    all.nodes = split_names(order.text(1));
  }
  Query history{*database_,
                "SELECT at_ns, state, node, attempt, reason, detail FROM history WHERE job = ? ORDER BY number"};
  history.with(all.job.number);
  while (history.step())
    all.history.push_back({.at_ns = history.number(0),
                           .state = static_cast<JobState>(history.number(1)),
                           .node = history.text(2),
                           .attempt = static_cast<std::uint32_t>(history.number(3)),
                           .reason = history.text(4),
                           .detail = history.text(5)});
  Query attempts{*database_,
                 "SELECT attempt, node, offered_ns, claimed_ns, finished_ns, ended_ns, end, reason FROM attempts"
                 " WHERE job = ? ORDER BY attempt"};
  attempts.with(all.job.number);
  while (attempts.step())
    all.attempts.push_back({.attempt = static_cast<std::uint32_t>(attempts.number(0)),
                            .node = attempts.text(1),
                            .offered_ns = attempts.number(2),
                            .claimed_ns = attempts.number_or_nothing(3),
                            .finished_ns = attempts.number_or_nothing(4),
                            .ended_ns = attempts.number_or_nothing(5),
                            .end = attempts.text(6),
                            .reason = attempts.text(7)});
  all.results = results_of(all.job.id);
  all.image = find_image(all.job.image);
  return all;
}

}  // namespace utnt::fleet
