// SPDX-License-Identifier: BSD-2-Clause
// What goes into the store and comes out of it. Times named _ns are wall-clock nanoseconds since 1970-01-01 UTC: they
// are for people and files, no decision of the dispatcher is made with them. Digests are SHA-256, 64 hexadecimal
// digits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "fleet/model/dispatcher.hpp"

namespace utnt::fleet {

/// A result that has come whole.
struct NewResult {
  std::string digest{};  ///< of the payload; the store computes it again and refuses another
  std::string job{};
  std::uint32_t attempt{0};
  std::string node{};
  std::string signature{};  ///< of the node over the digest, as text
  bool is_complete{false};
  std::string header{};  ///< the bundle's first line, for explain and for searching; may be empty
  ConstBytes payload{};  ///< the whole bundle, borrowed for the call
};

/// What the store did with it.
enum class StoredAs : std::uint8_t {
  result,  ///< it is the job's
  late,    ///< kept beside: the job has its final state, or another result, or is not known here
  held,    ///< this digest was there before; nothing was added
};

struct ResultRow {
  std::string digest{};
  std::string job{};
  std::uint32_t attempt{0};
  std::string node{};
  std::string signature{};
  bool is_complete{false};
  bool is_late{false};
  std::int64_t received_ns{0};
  std::uint64_t bytes{0};         ///< of the payload
  std::uint64_t stored_bytes{0};  ///< as compressed
  std::string header{};
  std::string campaign{};  ///< of its job, empty when that is not known here
  std::uint64_t event{0};
};

/// A ledger row without what only a node needs (targets, options, limits: see Store::order_of).
struct JobRow {
  std::uint64_t number{0};  ///< order of acceptance in this store, from 1: the key for paging
  std::string id{};
  std::string campaign{};
  std::uint64_t event{0};
  std::uint32_t part{0};
  Variant variant{Variant::unikernel};
  std::string tender{};
  std::string image{};
  std::string first_target{};
  std::uint64_t targets{0};
  int priority{0};
  JobState state{JobState::queued};
  std::string node{};
  std::uint32_t attempt{0};
  std::string reason{};
  std::string detail{};
  std::string result{};
  std::int64_t accepted_ns{0};
  std::int64_t since_ns{0};
  std::optional<std::int64_t> start_by_ns{};
  std::optional<std::int64_t> finish_by_ns{};
};

struct JobFilter {
  std::optional<JobState> state{};
  std::string campaign{};  ///< empty: any; so with the next two
  std::string node{};
  std::string reason{};
  std::optional<std::uint64_t> before{};  ///< older than the row of this number (next page)
  std::size_t limit{100};                 ///< newest first
};

struct StateChange {
  std::int64_t at_ns{0};
  JobState state{JobState::queued};
  std::string node{};
  std::uint32_t attempt{0};
  std::string reason{};
  std::string detail{};
};

struct AttemptRow {
  std::uint32_t attempt{0};
  std::string node{};
  std::int64_t offered_ns{0};
  std::optional<std::int64_t> claimed_ns{};
  std::optional<std::int64_t> finished_ns{};  ///< the node said that its result is spooled
  std::optional<std::int64_t> ended_ns{};     ///< another attempt began or the job became final
  std::string end{};                          ///< name of the state that ended it
  std::string reason{};
};

struct ImageRow {
  std::string digest{};
  std::string name{};
  std::uint64_t bytes{0};
  std::string signature{};
  std::int64_t added_ns{0};
  std::int64_t used_ns{0};  ///< last time a job was given out with it; 0: never
};

struct NodeRow {
  std::string name{};
  std::string host_key{};      ///< of sshd, one known_hosts line; empty for local
  std::string public_key{};    ///< Ed25519 of the agent, as text; empty: not enrolled
  std::string capabilities{};  ///< JSON record of the last check; empty: never checked
  std::int64_t enrolled_ns{0};
  std::int64_t checked_ns{0};
  std::optional<std::int64_t> revoked_ns{};
};

/// Keys that a node has or had: results signed before a rotation can still be verified.
struct NodeKeyRow {
  std::string public_key{};
  std::string node{};
  std::int64_t added_ns{0};
  std::optional<std::int64_t> revoked_ns{};  ///< of a key that was rotated away: the end of its grace
};

struct BlockListRow {
  std::string digest{};
  std::string text{};  ///< prefixes, one a line
  std::string signature{};
  std::int64_t added_ns{0};  ///< the newest is in force
};

struct AuditEntry {
  std::string who{};
  std::string action{};
  std::string detail{};
};
struct AuditRow {
  std::uint64_t number{0};
  std::int64_t at_ns{0};
  AuditEntry entry{};
  std::string previous{};  ///< hash of the row before, empty for the first
  std::string hash{};
};

/// An event of a campaign that has been turned into jobs.
struct EventRow {
  std::string campaign{};
  std::uint64_t event{0};
  std::int64_t at_ns{0};  ///< 0: the time of the commit
  std::uint32_t jobs{0};
};

enum class CampaignStart : std::uint8_t {
  created,
  resumed,  ///< known, with the same list: events that it has had add nothing
};

struct BlockListAck {
  std::string node{};
  std::string digest{};
};

/// What belongs together: all of it is written, or nothing.
struct Changes {
  std::vector<JobRecord> jobs{};  ///< as they are now: new ones are added, known ones changed
  std::vector<EventRow> events{};
  std::vector<NewResult> results{};
  std::vector<AuditEntry> audit{};
  std::vector<NodeRow> nodes{};  ///< see Store::put_node
  std::vector<BlockListAck> block_list_acks{};
  std::vector<std::string> images_used{};  ///< digests
  [[nodiscard]] bool is_empty() const {
    return jobs.empty() && events.empty() && results.empty() && audit.empty() && nodes.empty() &&
           block_list_acks.empty() && images_used.empty();
  }
};

/// The ledger's sum. Accepted is counted when a job is added, states are counted from the rows.
struct Balance {
  std::uint64_t accepted{0};
  std::array<std::uint64_t, job_states> in_state{};
  std::uint64_t results{0};  ///< rows, late ones among them
  std::uint64_t late_results{0};
  std::string alert{};  ///< empty: it balances; else what does not, for people
};

/// Everything that the store knows about one job.
struct Explanation {
  JobRow job;
  Order order{};
  std::vector<std::string> nodes{};  ///< that were allowed, best first
  std::vector<StateChange> history{};
  std::vector<AttemptRow> attempts{};
  std::vector<ResultRow> results{};
  std::optional<ImageRow> image{};
};

}  // namespace utnt::fleet
