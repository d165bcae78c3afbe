// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace utnt::fleet {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

struct Explained {
  StoreProblem problem;
  const char* advice;
};

Explained explain_code(int extended, int system_error) {
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {StoreProblem::locked, "another program holds it in a transaction; try again when that has ended"};
    case SQLITE_FULL:
      return {StoreProblem::full, "no space is left on its disk; free some, nothing was half written"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {StoreProblem::corrupt, "it is damaged or no store; restore a backup, or move it aside to begin anew"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {StoreProblem::read_only, "it cannot be written; check the permissions of the file and of its directory"};
    case SQLITE_CONSTRAINT:
      return {StoreProblem::conflict, "the change breaks a rule of the ledger"};
    default:
      break;
  }
  if (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG)
    return {StoreProblem::full, "its disk, quota or file size limit is exhausted; nothing was half written"};
  if (system_error == EACCES || system_error == EPERM || system_error == EROFS)
    return {StoreProblem::read_only, "it cannot be opened; check the permissions of the file and of its directory"};
  return {StoreProblem::other, "check its disk and directory"};
}

/// "INSERT INTO jobs" of an INSERT INTO jobs(...): what a fault point is called.
std::string_view short_name(std::string_view sql) {
  constexpr int words = 3;
  std::size_t end = 0;
  for (int word = 0; word < words && end != std::string_view::npos; ++word) end = sql.find_first_of(" (", end + 1);
  return sql.substr(0, end);
}

}  // namespace

Database::Database(const std::string& path, Mode mode, Duration busy) : path_{path} {
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) fail("open");
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, static_cast<int>(busy.ns() / ns_per_ms));
    execute("PRAGMA foreign_keys = ON");
    if (mode == Mode::read_write) {
      execute("PRAGMA journal_mode = WAL");
      execute("PRAGMA synchronous = FULL");
    }
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  for (const auto& [sql, statements] : idle_)
    for (auto* const statement : statements) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::fail(const std::string& doing) const {
  const int seen_errno = errno;
  const int extended = handle_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle_);
  int system_error = handle_ == nullptr ? ENOMEM : sqlite3_system_errno(handle_);
  // A failed COMMIT forgets the number of the system's error; errno still has it.
  if (system_error == 0 && (extended & 0xff) == SQLITE_IOERR) system_error = seen_errno;
  const auto explained = explain_code(extended, system_error);
  const std::string said = handle_ == nullptr ? sqlite3_errstr(extended) : sqlite3_errmsg(handle_);
  throw StoreFailure{
      explained.problem,
      fmt::format("store {}: cannot {}: {}{}{} (SQLite {}): {}", path_, doing, said, system_error != 0 ? ", " : "",
                  system_error != 0 ? std::strerror(system_error) : "", extended, explained.advice)};
}

void Database::execute(const char* sql) {
  errno = 0;
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(std::string{short_name(sql)});
}

std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_); }
std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

sqlite3_stmt* Database::take_statement(std::string_view sql) {
  if (const auto found = idle_.find(sql); found != idle_.end() && !found->second.empty()) {
    auto* const statement = found->second.back();
    found->second.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK)
    fail(std::string{short_name(sql)});
  return statement;
}

void Database::give_back(std::string_view sql, sqlite3_stmt* statement) {
  constexpr int reset = 1;
  work_.steps += static_cast<std::uint64_t>(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, reset));
  work_.scanned += static_cast<std::uint64_t>(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, reset));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  const auto found = idle_.find(sql);
  (found != idle_.end() ? found->second : idle_[std::string{sql}]).push_back(statement);
}

Query::Query(Database& database, std::string_view sql)
    : database_{database}, sql_{sql}, statement_{database.take_statement(sql)} {}
Query::~Query() { database_.give_back(sql_, statement_); }

void Query::check(int code) const {
  if (code != SQLITE_OK) database_.fail(std::string{short_name(sql_)});
}
void Query::bind_number(std::int64_t value) { check(sqlite3_bind_int64(statement_, ++bound_, value)); }
void Query::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(), text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Query::bind(ConstBytes bytes) {
  check(sqlite3_bind_blob64(statement_, ++bound_, bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                            bytes.size(), SQLITE_STATIC));
}
void Query::bind(const std::optional<std::int64_t>& value) {
  if (value) return bind_number(*value);
  check(sqlite3_bind_null(statement_, ++bound_));
}

bool Query::step() {
  errno = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(std::string{short_name(sql_)});
  return false;
}

void Query::run() {
  const auto name = std::string{short_name(sql_)};
  database_.reach("before " + name);
  while (step()) {
  }
  database_.reach("after " + name);
}

std::int64_t Query::number(int column) const { return sqlite3_column_int64(statement_, column); }
std::string Query::text(int column) const {
  const auto* const bytes = sqlite3_column_text(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(bytes), size};
}
bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::optional<std::int64_t> Query::number_or_nothing(int column) const {
  return is_null(column) ? std::nullopt : std::optional{number(column)};
}
ConstBytes Query::blob(int column) const {
  const auto* const bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? ConstBytes{} : ConstBytes{bytes, size};
}

Transaction::Transaction(Database& database, Kind kind) : database_{database} {
  if (kind == Kind::read) {
    database.execute("BEGIN");
    return;
  }
  database.reach("before BEGIN");
  database.execute("BEGIN IMMEDIATE");
}
void Transaction::commit() {
  database_.reach("before COMMIT");
  database_.execute("COMMIT");
  is_open_ = false;
  database_.reach("after COMMIT");
}
Transaction::~Transaction() {
  if (!is_open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const StoreFailure&) {
    // SQLite has rolled back by itself (a full disk does that), or the connection is beyond help: either way nothing
    // of this transaction is in the file.
  }
}

}  // namespace utnt::fleet
