// SPDX-License-Identifier: BSD-2-Clause
// The writing half of the store: one row and what follows from it. To be called inside a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fleet/store/clocks.hpp"
#include "fleet/store/database.hpp"
#include "fleet/store/rows.hpp"

namespace utnt::fleet {

/// How monotonic times become stored ones.
struct RowClock {
  const Clocks& clocks;
  std::int64_t row{0};     ///< in table clocks
  std::int64_t now_ns{0};  ///< wall clock of this commit
};

/// Adds or changes a job, its history and attempts. Returns the state that it had before, queued when it is new.
JobState put_job(Database& database, const JobRecord& job, const RowClock& clock);
/// `before`: state that the job had, when this transaction changes it.
StoredAs put_result(Database& database, const NewResult& result, std::optional<JobState> before, const RowClock& clock);
void put_event(Database& database, const EventRow& event, const RowClock& clock);
void put_audit(Database& database, const AuditEntry& entry, const RowClock& clock);
void put_node_row(Database& database, const NodeRow& node, const RowClock& clock);
void put_block_list_ack(Database& database, const BlockListAck& ack, const RowClock& clock);
void put_image_use(Database& database, const std::string& digest, const RowClock& clock);

/// Names in one text column, one a line.
std::string join_names(const std::vector<std::string>& names);
std::vector<std::string> split_names(const std::string& text);

}  // namespace utnt::fleet
