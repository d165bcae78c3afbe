// SPDX-License-Identifier: BSD-2-Clause
// SQLite with owners: a connection, statements that are prepared once and reset when their user is done, transactions
// that are rolled back unless they were committed. What fails becomes a StoreFailure that says what to do.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "fleet/store/failure.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace utnt::fleet {

class Database {
 public:
  enum class Mode : std::uint8_t { read_only, read_write };
  using Hook = std::function<void(std::string_view point)>;

  /// WAL, full synchronisation, foreign keys. The file must exist.
  Database(const std::string& path, Mode mode, Duration busy);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void execute(const char* sql);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::int64_t changed_rows() const;
  [[nodiscard]] std::int64_t last_row() const;
  void set_hook(Hook hook) { hook_ = std::move(hook); }
  void reach(std::string_view point) {
    if (hook_) hook_(point);
  }
  /// Steps of SQLite's machine and of full table scans in all statements so far: what a query costs, without a clock.
  struct Work {
    std::uint64_t steps{0}, scanned{0};
  };
  [[nodiscard]] Work work() const { return work_; }
  [[noreturn]] void fail(const std::string& doing) const;

 private:
  friend class Query;
  sqlite3_stmt* take_statement(std::string_view sql);
  void give_back(std::string_view sql, sqlite3_stmt* statement);

  std::string path_;
  sqlite3* handle_{nullptr};
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle_;
  Hook hook_;
  Work work_;
};

/// One use of a statement, whose text must outlive it. Columns count from 0.
class Query {
 public:
  Query(Database& database, std::string_view sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  template <class... Value>
  Query& with(const Value&... values) {
    (bind(values), ...);
    return *this;
  }
  /// True: there is a row.
  bool step();
  /// For statements that write; both sides of it are fault points.
  void run();

  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const { return static_cast<std::uint64_t>(number(column)); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<std::int64_t> number_or_nothing(int column) const;
  /// Valid until the next step.
  [[nodiscard]] ConstBytes blob(int column) const;

 private:
  template <std::integral Number>
  void bind(Number value) {
    bind_number(static_cast<std::int64_t>(value));
  }
  void bind(std::string_view text);
  void bind(const std::string& text) { bind(std::string_view{text}); }
  void bind(const char* text) { bind(std::string_view{text}); }
  void bind(ConstBytes bytes);
  void bind(const std::optional<std::int64_t>& value);
  void bind_number(std::int64_t value);
  void check(int code) const;

  Database& database_;
  std::string_view sql_;
  sqlite3_stmt* statement_;
  int bound_{0};
};

class Transaction {
 public:
  enum class Kind : std::uint8_t {
    write,  ///< takes the write lock at once: nobody else writes between our reads and our writes
    read,   ///< several questions about the same moment; nothing to commit
  };
  explicit Transaction(Database& database, Kind kind = Kind::write);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool is_open_{true};
};

}  // namespace utnt::fleet
