// SPDX-License-Identifier: BSD-2-Clause
// The record walk: every step advances by at least the header, so it ends.
#include "report/record_reader.hpp"

namespace utnt::report {

std::optional<RecordReader::Entry> RecordReader::next() {
  while (!is_broken_ && stream_.size() - at_ >= record_header_bytes) {
    const auto rest = stream_.subspan(at_);
    const auto length = static_cast<std::size_t>(load_le(rest, 2, 2));
    if (length < record_header_bytes) {
      is_broken_ = true;
      break;
    }
    if (length > rest.size()) break;
    at_ += length;
    const auto type = load_u8(rest, 0);
    const bool is_known = type >= static_cast<std::uint8_t>(RecordType::run_start) &&
                          type <= static_cast<std::uint8_t>(RecordType::counters);
    if (is_known && load_u8(rest, 1) == record_version) return Entry{static_cast<RecordType>(type), rest.first(length)};
    ++skipped_;
  }
  return std::nullopt;
}

}  // namespace utnt::report
