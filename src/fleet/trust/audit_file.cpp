// SPDX-License-Identifier: BSD-2-Clause
// The audit log on disk. A record that could not be written whole is taken off again, so that the file is always a
// chain.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "fleet/trust/audit.hpp"
#include "fleet/trust/trust_error.hpp"
#include "fleet/trust/trust_file.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t log_bytes_max = std::size_t{1} << 30;

[[noreturn]] void fail(const std::string& path, std::string_view what) {
  throw TrustError{fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
}

}  // namespace

AuditFile::AuditFile(std::string path) : path_{std::move(path)} {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) fail(path_, "the audit log cannot be opened");
  try {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
      throw TrustError{fmt::format("{}: another program writes this audit log; end it first", path_)};
    std::string log = read_trust_file(path_, log_bytes_max, Readers::owner_only);
    log.resize(log.rfind('\n') == std::string::npos ? 0 : log.rfind('\n') + 1);
    const AuditVerdict verdict = verify_audit(log);
    if (!verdict.problem.empty())
      throw TrustError{
          fmt::format("{}: the audit log is not as it was written: {}; keep it as evidence and begin a new "
                      "one elsewhere",
                      path_, verdict.problem)};
    if (verdict.records > 0) {
      const auto last = log.rfind('\n', log.size() - 2);
      const auto begin = last == std::string::npos ? 0 : last + 1;
      chain_ = AuditChain{*parse_audit_line(std::string_view{log}.substr(begin, log.size() - 1 - begin))};
    }
    bytes_ = log.size();
    if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) fail(path_, "an unfinished record cannot be taken off");
  } catch (...) {
    ::close(file_);
    throw;
  }
}

AuditFile::~AuditFile() { ::close(file_); }

AuditRecord AuditFile::append(std::int64_t wall_clock_ns, std::string actor, std::string action, std::string detail) {
  AuditChain next = chain_;
  AuditRecord record = next.append(wall_clock_ns, std::move(actor), std::move(action), std::move(detail));
  const std::string line = audit_line(record) + "\n";
  const ssize_t wrote = ::write(file_, line.data(), line.size());
  if (wrote != static_cast<ssize_t>(line.size()) || ::fdatasync(file_) != 0) {
    const int error = wrote < 0 ? errno : ENOSPC;
    if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) fail(path_, "an unfinished record cannot be taken off");
    errno = error;
    fail(path_, "the audit log cannot be written (make room, then try again)");
  }
  bytes_ += line.size();
  chain_ = next;
  return record;
}

}  // namespace utnt::fleet
