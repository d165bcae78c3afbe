// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "fleet/store/controller_lock.hpp"
#include "fleet/store/database.hpp"
#include "fleet/store/schema.hpp"
#include "fleet/store/write_rows.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

StoreFailure file_failure(const std::string& path, const std::string& doing, int error) {
  const auto problem = error == EACCES || error == EPERM || error == EROFS ? StoreProblem::read_only
                       : error == ENOSPC || error == EDQUOT                ? StoreProblem::full
                       : error == ENOENT                                   ? StoreProblem::missing
                                                                           : StoreProblem::other;
  return StoreFailure{problem, fmt::format("store {}: cannot {}: {}", path, doing, std::strerror(error))};
}

/// An empty file of ours alone, its name on the disk: SQLite would make one that others can read.
void create_file(const std::string& path) {
  const os_linux::UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open()) {
    // One that is there is opened, and refused if need be, by SQLite.
    if (errno == EEXIST) return;
    throw file_failure(path, "create it; check that its directory exists and may be written", errno);
  }
  const auto parent = std::filesystem::absolute(path).parent_path();
  const os_linux::UniqueFd directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory.is_open() || ::fsync(directory.get()) != 0)
    throw file_failure(path, "synchronise its directory", errno);
}

void check_readable(Database& database) {
  const auto known = schema_steps().size();
  if (const auto version = schema_version(database, known); static_cast<std::size_t>(version) != known)
    throw StoreFailure{StoreProblem::other,
                       fmt::format("store {}: it has version {} of the tables and this program wants {}; start a "
                                   "controller once, which brings it up to date",
                                   database.path(), version, known)};
}

/// One entry for each of its results.
std::vector<StoredAs> put_changes(Database& database, const Changes& changes, const RowClock& clock) {
  std::vector<StoredAs> stored;
  std::map<std::string, JobState> before;
  for (const auto& node : changes.nodes) put_node_row(database, node, clock);
  for (const auto& job : changes.jobs) before.emplace(job.order.id, put_job(database, job, clock));
  for (const auto& event : changes.events) put_event(database, event, clock);
  for (const auto& result : changes.results) {
    const auto found = before.find(result.job);
    stored.push_back(
        put_result(database, result, found == before.end() ? std::nullopt : std::optional{found->second}, clock));
  }
  for (const auto& entry : changes.audit) put_audit(database, entry, clock);
  for (const auto& ack : changes.block_list_acks) put_block_list_ack(database, ack, clock);
  for (const auto& digest : changes.images_used) put_image_use(database, digest, clock);
  return stored;
}

std::int64_t put_clock(Database& database, const Clocks& clocks) {
  Query{database, "INSERT INTO clocks(domain, offset_ns) VALUES(?,?)"}
      .with(clocks.domain, clocks.to_wall_ns(Instant{}))
      .run();
  return database.last_row();
}

}  // namespace

Store::Store(std::unique_ptr<ControllerLock> lock, std::unique_ptr<Database> database, StoreOptions options)
    : lock_{std::move(lock)}, database_{std::move(database)}, options_{std::move(options)} {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const std::string& path, const StoreOptions& options) {
  std::unique_ptr<ControllerLock> lock;
  if (options.access == Access::controller) lock = std::make_unique<ControllerLock>(path);
  const bool writes = options.access != Access::reader;
  if (writes) create_file(path);
  if (struct stat there{}; ::stat(path.c_str(), &there) != 0) throw file_failure(path, "open it", errno);
  auto database =
      std::make_unique<Database>(path, writes ? Database::Mode::read_write : Database::Mode::read_only, options.busy);
  database->set_hook(options.fault);
  if (writes) {
    bring_up_to_date(*database);
  } else {
    check_readable(*database);
  }
  Store store{std::move(lock), std::move(database), options};
  const auto clocks = options.clocks.value_or(read_clocks());
  if (writes) {
    store.set_clocks(clocks);
  } else {
    store.clocks_ = clocks;
  }
  return store;
}

Store Store::beside() const {
  const auto mode = options_.access == Access::reader ? Database::Mode::read_only : Database::Mode::read_write;
  auto database = std::make_unique<Database>(path(), mode, options_.busy);
  database->set_hook(options_.fault);
  Store store{nullptr, std::move(database), options_};
  store.clocks_ = clocks_;
  store.clock_row_ = clock_row_;
  return store;
}

const std::string& Store::path() const { return database_->path(); }

void Store::set_clocks(const Clocks& clocks) {
  Transaction transaction{*database_};
  const auto row = put_clock(*database_, clocks);
  transaction.commit();
  clock_row_ = row;
  clocks_ = clocks;
}

std::int64_t Store::wall_now_ns() const {
  // By the relation that was set, so that all times of one opening agree whatever is done to the wall clock.
  return clocks_.to_wall_ns(os_linux::monotonic_now());
}

std::vector<StoredAs> Store::commit(const Changes& changes) {
  const Changes* const part = &changes;
  return std::move(commit_together({&part, 1}).front());
}

std::vector<std::vector<StoredAs>> Store::commit_together(std::span<const Changes* const> parts) {
  std::vector<std::vector<StoredAs>> stored(parts.size());
  if (std::ranges::all_of(parts, [](const auto* part) { return part->is_empty(); })) return stored;
  const RowClock clock{.clocks = clocks_, .row = clock_row_, .now_ns = wall_now_ns()};
  Transaction transaction{*database_};
  for (std::size_t i = 0; i < parts.size(); ++i) stored[i] = put_changes(*database_, *parts[i], clock);
  transaction.commit();
  return stored;
}

StoredAs Store::store_result(const NewResult& result, std::vector<JobRecord> jobs) {
  Changes changes;
  changes.jobs = std::move(jobs);
  changes.results = {result};
  return commit(changes).front();
}

Store::Work Store::work() const {
  const auto work = database_->work();
  return {.steps = work.steps, .scanned = work.scanned};
}

}  // namespace utnt::fleet
