// SPDX-License-Identifier: BSD-2-Clause
// The chain and its text. The spelling is unique (parsing and writing again gives the same bytes), so that the digest
// of the line is the digest of the record.
#include "fleet/trust/audit.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace utnt::fleet {
namespace {

const std::string no_previous(digest_digits, '0');

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// Undoes escaped(); whether it was escaped's spelling is checked by the caller.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\';
      ++i;
    } else if (text[i] == '\\' && i + 3 < text.size() &&
               std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16).ec == std::errc{}) {
      out += static_cast<char>(value);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string audit_line(const AuditRecord& record) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}", record.number, record.wall_clock_ns, escaped(record.actor),
                     escaped(record.action), escaped(record.detail), record.previous);
}

std::string audit_digest(const AuditRecord& record) { return sha256_hex(std::string_view{audit_line(record)}); }

std::optional<AuditRecord> parse_audit_line(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::string_view rest = line;;) {
    const auto tab = rest.find('\t');
    fields.push_back(rest.substr(0, tab));
    if (tab == std::string_view::npos) break;
    rest.remove_prefix(tab + 1);
  }
  AuditRecord record;
  if (fields.size() != 6 || !parse_number(fields[0], record.number) || !parse_number(fields[1], record.wall_clock_ns) ||
      !is_digest(fields[5]))
    return std::nullopt;
  record.actor = unescaped(fields[2]);
  record.action = unescaped(fields[3]);
  record.detail = unescaped(fields[4]);
  record.previous = fields[5];
  if (audit_line(record) != line) return std::nullopt;
  return record;
}

AuditChain::AuditChain() : head_{no_previous} {}

AuditChain::AuditChain(const AuditRecord& last) : count_{last.number}, head_{audit_digest(last)} {}

AuditRecord AuditChain::append(std::int64_t wall_clock_ns, std::string actor, std::string action, std::string detail) {
  AuditRecord record{.number = count_ + 1,
                     .wall_clock_ns = wall_clock_ns,
                     .actor = std::move(actor),
                     .action = std::move(action),
                     .detail = std::move(detail),
                     .previous = head_};
  follow(record);
  return record;
}

bool AuditChain::follow(const AuditRecord& record) {
  if (record.number != count_ + 1 || record.previous != head_) return false;
  ++count_;
  head_ = audit_digest(record);
  return true;
}

AuditVerdict verify_audit(std::string_view log) {
  AuditChain chain;
  AuditVerdict verdict;
  while (!log.empty() && verdict.problem.empty()) {
    const auto end = log.find('\n');
    const auto record = parse_audit_line(log.substr(0, end));
    const std::uint64_t line = chain.count() + 1;
    if (end == std::string_view::npos) {
      verdict.problem = fmt::format("line {}: has no end", line);
    } else if (!record) {
      verdict.problem = fmt::format("line {}: is no audit record", line);
    } else if (record->number != line) {
      verdict.problem = fmt::format("line {}: carries the number {}", line, record->number);
    } else if (!chain.follow(*record)) {
      verdict.problem = fmt::format("line {}: does not follow from line {}: one of both was altered", line, line - 1);
    }
    log.remove_prefix(end == std::string_view::npos ? log.size() : end + 1);
  }
  verdict.records = chain.count();
  verdict.head = chain.head();
  return verdict;
}

}  // namespace utnt::fleet
