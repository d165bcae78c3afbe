// SPDX-License-Identifier: BSD-2-Clause
// Walks a stream of records in memory. Types and versions that this code does not know are skipped by their length and
// counted, so that a newer writer never stops an older reader.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "report/record.hpp"

namespace utnt::report {

class RecordReader {
 public:
  explicit RecordReader(ConstBytes stream) : stream_{stream} {}

  struct Entry {
    RecordType type;
    ConstBytes bytes;  ///< the whole record, for the decode functions
  };
  /// The next record of a known type and version; empty at the end, or where the rest is no whole record.
  std::optional<Entry> next();

  /// Bytes consumed so far; what follows is an unfinished record (give it again with more bytes) or broken.
  [[nodiscard]] std::size_t consumed() const { return at_; }
  /// True when a header was found that cannot be right (length below the header's own).
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  ConstBytes stream_;
  std::size_t at_{0};
  bool is_broken_{false};
  std::uint64_t skipped_{0};
};

}  // namespace utnt::report
