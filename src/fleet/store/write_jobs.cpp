// SPDX-License-Identifier: BSD-2-Clause
// Jobs of write_rows.hpp. The dispatcher tells what a job is now; what happened to it (history, attempts) follows from
// the difference to the row that is there.
#include <sstream>

#include "fleet/store/write_rows.hpp"

namespace utnt::fleet {
namespace {

struct KnownJob {
  std::int64_t number{0};
  JobState state{JobState::queued};
  std::string node;
  std::uint32_t attempt{0};
  std::string reason;
  std::string detail;
};

std::optional<KnownJob> find_known(Database& database, const std::string& id) {
  Query query{database, "SELECT number, state, node, attempt, reason, detail FROM jobs WHERE id = ?"};
  if (!query.with(id).step()) return std::nullopt;
  return KnownJob{.number = query.number(0),
                  .state = static_cast<JobState>(query.number(1)),
                  .node = query.text(2),
                  .attempt = static_cast<std::uint32_t>(query.number(3)),
                  .reason = query.text(4),
                  .detail = query.text(5)};
}

std::optional<std::int64_t> wall_of(const std::optional<Instant>& t, const RowClock& clock) {
  return t ? std::optional{clock.clocks.to_wall_ns(*t)} : std::nullopt;
}

std::int64_t insert_job(Database& database, const JobRecord& job, const RowClock& clock) {
  const auto& order = job.order;
  Query{database,
        "INSERT INTO jobs(id, campaign, event, part, variant, tender, image, first_target, targets, order_text, nodes,"
        " priority, sequence, start_by_ns, finish_by_ns, state, node, attempt, tried, runs, reason, detail, result,"
        " accepted_ns, since_ns, clock, runs_once) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"}
      .with(order.id, order.campaign, order.event, order.part, name_of(order.variant), order.tender, order.image,
            order.targets.empty() ? std::string{} : order.targets.front(), order.targets.size(), order_text(order),
            join_names(job.nodes), job.priority, job.sequence, wall_of(job.start_by, clock),
            wall_of(job.finish_by, clock), static_cast<int>(job.state), job.node, job.attempt, join_names(job.tried),
            job.runs, job.reason, job.detail, job.result, clock.now_ns, clock.clocks.to_wall_ns(job.since), clock.row,
            job.runs_once)
      .run();
  const auto number = database.last_row();
  Query{database, "UPDATE ledger SET accepted = accepted + 1"}.run();
  return number;
}

void update_job(Database& database, const JobRecord& job, const KnownJob& known, const RowClock& clock) {
  Query{
      database,
      "UPDATE jobs SET nodes = ?, priority = ?, sequence = ?, start_by_ns = ?, finish_by_ns = ?, state = ?, node = ?,"
      " attempt = ?, tried = ?, runs = ?, reason = ?, detail = ?, result = ?, since_ns = ?, clock = ? WHERE number = ?"}
      .with(join_names(job.nodes), job.priority, job.sequence, wall_of(job.start_by, clock),
            wall_of(job.finish_by, clock), static_cast<int>(job.state), job.node, job.attempt, join_names(job.tried),
            job.runs, job.reason, job.detail, job.result, clock.clocks.to_wall_ns(job.since), clock.row, known.number)
      .run();
}

void put_history(Database& database, const JobRecord& job, std::int64_t number, const RowClock& clock) {
  Query{database, "INSERT INTO history(job, at_ns, state, node, attempt, reason, detail) VALUES(?,?,?,?,?,?,?)"}
      .with(number, clock.clocks.to_wall_ns(job.since), static_cast<int>(job.state), job.node, job.attempt, job.reason,
            job.detail)
      .run();
}

void put_attempts(Database& database, const JobRecord& job, std::int64_t number, std::uint32_t attempt_before,
                  const RowClock& clock) {
  const auto at = clock.clocks.to_wall_ns(job.since);
  const bool is_held = occupies_slot(job.state) || job.state == JobState::finished;
  if (attempt_before != 0 && (!is_held || job.attempt != attempt_before))
    Query{database,
          "UPDATE attempts SET ended_ns = ?, end = ?, reason = ? WHERE job = ? AND attempt = ? AND ended_ns IS NULL"}
        .with(at, name_of(job.state), job.reason, number, attempt_before)
        .run();
  if (!is_held || job.attempt == 0) return;
  Query{database, "INSERT OR IGNORE INTO attempts(job, attempt, node, offered_ns) VALUES(?,?,?,?)"}
      .with(number, job.attempt, job.node, at)
      .run();
  // An attempt that was given up and shows signs of life again is the job's once more.
  Query{
      database,
      "UPDATE attempts SET ended_ns = NULL, end = '', reason = '' WHERE job = ? AND attempt = ? AND ended_ns NOT NULL"}
      .with(number, job.attempt)
      .run();
  if (job.state == JobState::running)
    Query{database, "UPDATE attempts SET claimed_ns = ? WHERE job = ? AND attempt = ? AND claimed_ns IS NULL"}
        .with(at, number, job.attempt)
        .run();
  if (job.state == JobState::finished)
    Query{database, "UPDATE attempts SET finished_ns = ? WHERE job = ? AND attempt = ? AND finished_ns IS NULL"}
        .with(at, number, job.attempt)
        .run();
}

}  // namespace

JobState put_job(Database& database, const JobRecord& job, const RowClock& clock) {
  const auto known = find_known(database, job.order.id);
  if (!known) {
    const auto number = insert_job(database, job, clock);
    put_history(database, job, number, clock);
    put_attempts(database, job, number, 0, clock);
    return JobState::queued;
  }
  update_job(database, job, *known, clock);
  const bool is_news = known->state != job.state || known->node != job.node || known->attempt != job.attempt ||
                       known->reason != job.reason || known->detail != job.detail;
  if (is_news) {
    put_history(database, job, known->number, clock);
    put_attempts(database, job, known->number, known->attempt, clock);
  }
  return known->state;
}

std::string join_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += name + '\n';
  return out;
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

}  // namespace utnt::fleet
