// SPDX-License-Identifier: BSD-2-Clause
// The audit log: who did what when, each record carrying the digest of the one before it. Whoever alters, removes or
// inserts a record has to alter all that follow, and the digest of the last, which others may have noted or signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/trust/digest.hpp"

namespace utnt::fleet {

struct AuditRecord {
  std::uint64_t number{0};  ///< from 1, without gaps
  std::int64_t wall_clock_ns{0};
  std::string actor{};   ///< who: a user, a node, "controller"
  std::string action{};  ///< what: "enrol", "revoke", "stop"
  std::string detail{};
  std::string previous{};  ///< digest of the record before; sixty-four zeros in the first
  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

/// One line without its end: the fields with tabs between; tabs, line ends and backslashes in them are escaped.
std::string audit_line(const AuditRecord& record);
/// The digest of that line: what the next record carries.
std::string audit_digest(const AuditRecord& record);
/// Nothing: that is no such line, or not its one spelling.
std::optional<AuditRecord> parse_audit_line(std::string_view line);

/// Makes records, and checks those that others made: the same chain either way.
class AuditChain {
 public:
  AuditChain();
  /// Goes on behind a record that was kept.
  explicit AuditChain(const AuditRecord& last);

  /// The next record, and now the last.
  AuditRecord append(std::int64_t wall_clock_ns, std::string actor, std::string action, std::string detail);
  /// Whether this one follows the last; it is the last then.
  bool follow(const AuditRecord& record);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Digest of the last record.
  [[nodiscard]] const std::string& head() const { return head_; }

 private:
  std::uint64_t count_{0};
  std::string head_;
};

struct AuditVerdict {
  std::uint64_t records{0};  ///< that are as they were written
  std::string head{};        ///< digest of the last of them
  std::string problem{};     ///< empty: the whole is sound; else which line, and what is wrong
};

/// Checks a whole log, line by line. A log that was cut off at the end is sound by itself: compare the head.
AuditVerdict verify_audit(std::string_view log);

/// A log in a file of mode 0600, one line a record, each on disk when append() returns.
class AuditFile {
 public:
  /// Opens or makes it. Checks the chain; throws TrustError when it is broken or cannot be written. A last line without
  /// its end, left by a power cut, is taken off.
  explicit AuditFile(std::string path);
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;
  ~AuditFile();

  /// Throws TrustError when it could not be written; the chain is as before then.
  AuditRecord append(std::int64_t wall_clock_ns, std::string actor, std::string action, std::string detail);
  [[nodiscard]] const AuditChain& chain() const { return chain_; }

 private:
  std::string path_;
  int file_{-1};
  std::uint64_t bytes_{0};
  AuditChain chain_;
};

}  // namespace utnt::fleet
