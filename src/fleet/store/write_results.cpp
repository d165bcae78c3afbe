// SPDX-License-Identifier: BSD-2-Clause
// Results, events and audit entries of write_rows.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "fleet/store/audit_hash.hpp"
#include "fleet/store/payload.hpp"
#include "fleet/store/write_rows.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet {
namespace {

/// The row of its job says whether the result counts; `before` is the state that it found.
bool is_late(Database& database, const NewResult& result, std::optional<JobState> before) {
  Query query{database, "SELECT state, result FROM jobs WHERE id = ?"};
  if (!query.with(result.job).step()) return true;
  const auto state = static_cast<JobState>(query.number(0));
  if (is_final(before.value_or(state))) return true;
  return is_final(state) && query.text(1) != result.digest;
}

}  // namespace

StoredAs put_result(Database& database, const NewResult& result, std::optional<JobState> before,
                    const RowClock& clock) {
  if (Query query{database, "SELECT 1 FROM results WHERE digest = ?"}; query.with(result.digest).step())
    return StoredAs::held;
  if (const auto digest = sha256_hex(result.payload); digest != result.digest)
    throw StoreFailure{StoreProblem::conflict,
                       fmt::format("store {}: a result of {} for job {} is called {} and has the "
                                   "digest {}; it was not stored",
                                   database.path(), result.node, result.job, result.digest, digest)};
  const bool late = is_late(database, result, before);
  Query{database,
        "INSERT INTO results(digest, job, attempt, node, signature, is_complete, is_late, received_ns, bytes,"
        " stored_bytes, header) VALUES(?,?,?,?,?,?,?,?,?,0,?)"}
      .with(result.digest, result.job, result.attempt, result.node, result.signature, result.is_complete, late,
            clock.now_ns, result.payload.size(), result.header)
      .run();
  const auto number = database.last_row();
  std::uint64_t stored = 0;
  for (std::size_t at = 0, piece = 0; at < result.payload.size(); at += payload_piece_bytes, ++piece) {
    const auto raw = result.payload.subspan(at, std::min(payload_piece_bytes, result.payload.size() - at));
    const auto frame = compress_piece(raw);
    stored += frame.size();
    Query{database, "INSERT INTO result_chunks(result, number, raw_bytes, data) VALUES(?,?,?,?)"}
        .with(number, piece, raw.size(), ConstBytes{frame})
        .run();
  }
  Query{database, "UPDATE results SET stored_bytes = ? WHERE number = ?"}.with(stored, number).run();
  return late ? StoredAs::late : StoredAs::result;
}

void put_event(Database& database, const EventRow& event, const RowClock& clock) {
  Query{database, "INSERT INTO events(campaign, event, at_ns, jobs) VALUES(?,?,?,?) ON CONFLICT DO NOTHING"}
      .with(event.campaign, event.event, event.at_ns != 0 ? event.at_ns : clock.now_ns, event.jobs)
      .run();
}

void put_audit(Database& database, const AuditEntry& entry, const RowClock& clock) {
  AuditRow row{.number = 1, .at_ns = clock.now_ns, .entry = entry, .previous = {}, .hash = {}};
  if (Query last{database, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"}; last.step()) {
    row.number = last.count(0) + 1;
    row.previous = last.text(1);
  }
  Query{database, "INSERT INTO audit(number, at_ns, who, action, detail, previous, hash) VALUES(?,?,?,?,?,?,?)"}
      .with(row.number, row.at_ns, entry.who, entry.action, entry.detail, row.previous, audit_hash(row))
      .run();
}

}  // namespace utnt::fleet
