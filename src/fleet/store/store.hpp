// SPDX-License-Identifier: BSD-2-Clause
// The controller's memory: SQLite in WAL mode with full synchronisation. What a writing call wrote is on disk when it
// returns, all of it; when it throws (StoreFailure), nothing of it was written. For use by one thread.
//   auto store = Store::open("fleet.db", {.access = Access::controller});
//   dispatcher.restore(store.restore_jobs(), now);
//   store.commit({.jobs = dispatcher.take_changes()});   // then send dispatcher.take_messages()
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/store/clocks.hpp"
#include "fleet/store/failure.hpp"
#include "fleet/store/rows.hpp"

namespace utnt::fleet {

class Database;
class ControllerLock;

enum class Access : std::uint8_t {
  controller,  ///< reads and writes; one at a time, others are refused
  tool,        ///< reads and writes beside a controller: images, enrolment, block lists
  reader,      ///< reads
};

/// Called before and after each step that writes, with the step's name ("before commit"): faults are injected here.
/// What it throws makes the write fail, as an error of the disk would.
using FaultHook = std::function<void(std::string_view point)>;

struct StoreOptions {
  Access access{Access::controller};
  std::optional<Clocks> clocks{};  ///< none: read_clocks()
  Duration busy{5'000'000'000};    ///< how long to wait for another program's transaction
  FaultHook fault{};
};

class Store {
 public:
  /// A controller or tool creates what is missing; an older store is brought up to date.
  static Store open(const std::string& path, const StoreOptions& options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();
  /// A second connection to the same file, for another thread; with the same clocks and fault hook. This one must
  /// outlive it: it keeps other controllers away.
  [[nodiscard]] Store beside() const;

  [[nodiscard]] const std::string& path() const;
  /// The wall clock was set or the machine slept: times are stored by this relation from now on.
  void set_clocks(const Clocks& clocks);

  // Ledger
  /// One transaction. A change of a final state is refused (StoreProblem::conflict) with all that came with it.
  /// One entry for each of changes.results.
  std::vector<StoredAs> commit(const Changes& changes);
  /// Several, one after the other in one transaction: the disk is waited for once. One list for each.
  std::vector<std::vector<StoredAs>> commit_together(std::span<const Changes* const> parts);
  /// The result and the job rows that follow from it, in one transaction. Send its receipt only after this.
  StoredAs store_result(const NewResult& result, std::vector<JobRecord> jobs);
  /// All jobs in order of acceptance, times on the monotonic clock of `now`. The orders of final ones hold
  /// identity, campaign, event, part, variant, tender and image only: they are never sent again.
  [[nodiscard]] std::vector<JobRecord> restore_jobs(const Clocks& now) const;
  [[nodiscard]] std::vector<JobRecord> restore_jobs() const;
  [[nodiscard]] Balance balance() const;

  [[nodiscard]] std::vector<JobRow> list_jobs(const JobFilter& filter) const;
  /// By identity, or by its first digits (at least 4): nothing when none or several begin so.
  [[nodiscard]] std::optional<JobRow> find_job(std::string_view id_or_begin) const;
  [[nodiscard]] std::optional<Order> order_of(std::string_view job) const;
  [[nodiscard]] std::optional<Explanation> explain(std::string_view id_or_begin) const;

  // Results
  /// Those of the digests that are stored.
  [[nodiscard]] std::set<std::string> held(const std::vector<std::string>& digests) const;
  [[nodiscard]] std::optional<ResultRow> find_result(std::string_view digest) const;
  [[nodiscard]] std::vector<ResultRow> results_of(std::string_view job) const;
  /// In the order in which they came; campaign empty: all. Rows are read as they are passed on.
  void each_result(std::string_view campaign, const std::function<void(const ResultRow&)>& row) const;
  /// The payload in pieces of at most a mebibyte, decompressed, its digest checked at the end (StoreProblem::corrupt).
  /// False: there is none of this digest.
  bool read_payload(std::string_view digest, const std::function<void(ConstBytes)>& piece) const;

  // Campaigns
  /// The same name with another list (digest) is refused (StoreProblem::conflict).
  CampaignStart start_campaign(const std::string& name, const std::string& list_digest, std::uint64_t events);
  /// Numbers of the events that have been turned into jobs.
  [[nodiscard]] std::set<std::uint64_t> events_had(std::string_view campaign) const;

  // Images: the rows; their bytes lie in image_directory() under their digests
  void put_image(const ImageRow& image);
  void image_used(const std::string& digest);
  /// False: there was none. Refused (conflict) while a job that is not final needs it.
  bool remove_image(const std::string& digest);
  [[nodiscard]] std::vector<ImageRow> images() const;
  /// By digest or name; of several with one name the newest.
  [[nodiscard]] std::optional<ImageRow> find_image(std::string_view digest_or_name) const;
  [[nodiscard]] std::string image_directory() const;

  // Nodes
  /// Adds it or replaces what it has. A new public key joins the node's keys, the one before stays valid for old
  /// results.
  void put_node(const NodeRow& node);
  void revoke_node(const std::string& name);
  /// From now on the node signs with `next`. Its key before is revoked `grace` later: what was on its way is taken
  /// until then, and what it has signed stays verifiable. One transaction with its audit row. Refused (conflict): no
  /// such node, a revoked one, or a key that somebody has or had.
  void rotate_node_key(const std::string& name, const std::string& next, Duration grace, const AuditEntry& audit);
  /// The keys by which it may sign now: its own, and one that was rotated away within the grace. None: it is revoked.
  [[nodiscard]] std::vector<std::string> believed_keys(std::string_view name) const;
  /// All that it ever had but for those that were revoked at that moment (wall clock).
  [[nodiscard]] std::vector<std::string> keys_at(std::string_view name, std::int64_t at_ns) const;
  [[nodiscard]] std::optional<NodeRow> find_node(std::string_view name) const;
  [[nodiscard]] std::vector<NodeRow> nodes() const;
  [[nodiscard]] std::vector<NodeKeyRow> node_keys(std::string_view name) const;
  /// The node that has or had this key.
  [[nodiscard]] std::optional<std::string> owner_of_key(std::string_view public_key) const;

  // Block lists
  void put_block_list(const BlockListRow& list);
  [[nodiscard]] std::optional<BlockListRow> block_list() const;  ///< the one in force
  void block_list_acknowledged(const std::string& node, const std::string& digest);
  /// Digest that each node has acknowledged last.
  [[nodiscard]] std::map<std::string, std::string> block_list_acks() const;

  // Audit
  void append_audit(const AuditEntry& entry);
  [[nodiscard]] std::vector<AuditRow> audit(std::size_t limit) const;  ///< newest first
  /// Walks the chain. The number of the first row that does not fit, nothing when all do.
  [[nodiscard]] std::optional<std::uint64_t> broken_audit() const;

  /// What SQLite did for the questions and changes so far; tests bound it instead of a time.
  struct Work {
    std::uint64_t steps{0};    ///< of its machine
    std::uint64_t scanned{0};  ///< rows looked at without an index
  };
  [[nodiscard]] Work work() const;

 private:
  [[nodiscard]] std::int64_t wall_now_ns() const;
  Store(std::unique_ptr<ControllerLock> lock, std::unique_ptr<Database> database, StoreOptions options);
  std::unique_ptr<ControllerLock> lock_;  ///< released last
  std::unique_ptr<Database> database_;
  StoreOptions options_;
  Clocks clocks_{};
  std::int64_t clock_row_{0};
};

}  // namespace utnt::fleet
