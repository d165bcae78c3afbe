// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace utnt::fleet {
namespace {

constexpr std::int64_t application_id = 0x75544e54;  // "uTNT", so that file(1) and we know our files

// Times are wall-clock nanoseconds; jobs.clock says how the monotonic clock stood to them (clocks.hpp). States are the
// numbers of JobState: 4 and above are final. What the rules of the ledger forbid, triggers refuse, whoever asks.
constexpr const char* step_1 = R"sql(
CREATE TABLE ledger(id INTEGER PRIMARY KEY CHECK(id = 1), accepted INTEGER NOT NULL) STRICT;
INSERT INTO ledger VALUES(1, 0);
CREATE TABLE clocks(id INTEGER PRIMARY KEY, domain TEXT NOT NULL, offset_ns INTEGER NOT NULL) STRICT;
CREATE TABLE jobs(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  campaign TEXT NOT NULL, event INTEGER NOT NULL, part INTEGER NOT NULL, variant TEXT NOT NULL, tender TEXT NOT NULL,
  image TEXT NOT NULL, first_target TEXT NOT NULL, targets INTEGER NOT NULL, order_text TEXT NOT NULL,
  nodes TEXT NOT NULL, priority INTEGER NOT NULL, sequence INTEGER NOT NULL, start_by_ns INTEGER, finish_by_ns INTEGER,
  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 9), node TEXT NOT NULL, attempt INTEGER NOT NULL,
  tried TEXT NOT NULL, runs INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, result TEXT NOT NULL,
  accepted_ns INTEGER NOT NULL, since_ns INTEGER NOT NULL, clock INTEGER NOT NULL REFERENCES clocks(id)) STRICT;
CREATE INDEX jobs_by_state ON jobs(state);
CREATE INDEX jobs_by_campaign ON jobs(campaign);
CREATE INDEX jobs_by_node ON jobs(node);
CREATE INDEX jobs_by_reason ON jobs(reason) WHERE reason <> '';
CREATE INDEX jobs_open ON jobs(image) WHERE state < 4;
CREATE TRIGGER jobs_final BEFORE UPDATE ON jobs WHEN OLD.state >= 4 AND NEW.state <> OLD.state
  BEGIN SELECT RAISE(ABORT, 'a final state never changes'); END;
CREATE TRIGGER jobs_kept BEFORE DELETE ON jobs BEGIN SELECT RAISE(ABORT, 'no job leaves the ledger'); END;
CREATE TABLE history(
  number INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs(number), at_ns INTEGER NOT NULL,
  state INTEGER NOT NULL, node TEXT NOT NULL, attempt INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE INDEX history_by_job ON history(job);
CREATE TABLE attempts(
  job INTEGER NOT NULL REFERENCES jobs(number), attempt INTEGER NOT NULL, node TEXT NOT NULL, offered_ns INTEGER NOT NULL,
  claimed_ns INTEGER, finished_ns INTEGER, ended_ns INTEGER, end TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(job, attempt)) STRICT, WITHOUT ROWID;
CREATE TABLE results(
  number INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, job TEXT NOT NULL, attempt INTEGER NOT NULL,
  node TEXT NOT NULL, signature TEXT NOT NULL, is_complete INTEGER NOT NULL, is_late INTEGER NOT NULL,
  received_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, header TEXT NOT NULL) STRICT;
CREATE INDEX results_by_job ON results(job);
CREATE TABLE result_chunks(
  result INTEGER NOT NULL REFERENCES results(number), number INTEGER NOT NULL, raw_bytes INTEGER NOT NULL,
  data BLOB NOT NULL, PRIMARY KEY(result, number)) STRICT;
CREATE TABLE campaigns(
  name TEXT PRIMARY KEY, list_digest TEXT NOT NULL, events INTEGER NOT NULL, started_ns INTEGER NOT NULL) STRICT;
CREATE TABLE events(
  campaign TEXT NOT NULL, event INTEGER NOT NULL, at_ns INTEGER NOT NULL, jobs INTEGER NOT NULL,
  PRIMARY KEY(campaign, event)) STRICT, WITHOUT ROWID;
CREATE TABLE images(
  digest TEXT PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER NOT NULL, signature TEXT NOT NULL,
  added_ns INTEGER NOT NULL, used_ns INTEGER NOT NULL) STRICT;
CREATE TABLE nodes(
  name TEXT PRIMARY KEY, host_key TEXT NOT NULL, public_key TEXT NOT NULL, capabilities TEXT NOT NULL,
  enrolled_ns INTEGER NOT NULL, checked_ns INTEGER NOT NULL, revoked_ns INTEGER) STRICT;
CREATE TABLE node_keys(
  public_key TEXT PRIMARY KEY, node TEXT NOT NULL, added_ns INTEGER NOT NULL, revoked_ns INTEGER) STRICT;
CREATE TABLE block_lists(
  number INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, text TEXT NOT NULL, signature TEXT NOT NULL,
  added_ns INTEGER NOT NULL) STRICT;
CREATE TABLE block_list_acks(node TEXT PRIMARY KEY, digest TEXT NOT NULL, at_ns INTEGER NOT NULL) STRICT;
CREATE TABLE audit(
  number INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
  detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
)sql";

// What a job was accepted under holds for it until its end.
constexpr const char* step_2 =
    "ALTER TABLE jobs ADD COLUMN runs_once INTEGER NOT NULL DEFAULT 0 CHECK(runs_once IN (0, 1))";

constexpr std::array<const char*, 2> steps{step_1, step_2};

std::int64_t pragma(Database& database, std::string_view name) {
  const auto sql = fmt::format("PRAGMA {}", name);
  Query query{database, sql};
  return query.step() ? query.number(0) : 0;
}

}  // namespace

std::span<const char* const> schema_steps() { return steps; }

std::int64_t schema_version(Database& database, std::size_t known) {
  const auto version = pragma(database, "user_version");
  const auto owner = pragma(database, "application_id");
  Query tables{database, "SELECT count(*) FROM sqlite_master"};
  const bool is_empty = !tables.step() || tables.number(0) == 0;
  if (is_empty && version == 0 && owner == 0) return 0;
  if (owner != application_id)
    throw StoreFailure{
        StoreProblem::corrupt,
        fmt::format("store {}: this is a database of another program; name another file", database.path())};
  if (version < 0 || static_cast<std::uint64_t>(version) > known)
    throw StoreFailure{StoreProblem::newer,
                       fmt::format("store {}: it has version {} of the tables and this program knows {}; use the newer "
                                   "program, or another store",
                                   database.path(), version, known)};
  return version;
}

void bring_up_to_date(Database& database, std::span<const char* const> wanted) {
  if (static_cast<std::size_t>(schema_version(database, wanted.size())) == wanted.size()) return;
  Transaction transaction{database};
  // Somebody else may have been here between the question and the lock.
  for (auto at = static_cast<std::size_t>(schema_version(database, wanted.size())); at < wanted.size(); ++at)
    database.execute(wanted[at]);
  database.execute(fmt::format("PRAGMA application_id = {}", application_id).c_str());
  database.execute(fmt::format("PRAGMA user_version = {}", wanted.size()).c_str());
  transaction.commit();
}

}  // namespace utnt::fleet
