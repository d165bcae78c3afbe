// SPDX-License-Identifier: BSD-2-Clause
// The binary form of results: every engine event, the start of a run and its totals, each as one little-endian record
//   type u8 | version u8 | length u16 (whole record) | fields in a fixed order
// written by whatever runs the engine and joined to traces by results/assembler.hpp. Layouts:
// docs/reference/records.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "report/types.hpp"
#include "wire/address.hpp"

namespace utnt::report {

enum class RecordType : std::uint8_t {
  run_start = 1,
  path_start = 2,
  reply = 3,
  path_end = 4,
  ping = 5,
  verdict = 6,
  tunnel = 7,
  trace_end = 8,
  counters = 9,
};

inline constexpr std::uint8_t record_version = 1;
inline constexpr std::size_t record_header_bytes = 4;
/// Room that holds any record this code writes.
inline constexpr std::size_t record_bytes_max = 2048;
/// Longest text in a record; longer ones are refused (invalid_argument).
inline constexpr std::size_t record_text_max = 255;

/// What the run was asked to do. Decoded texts point into the record's bytes.
struct RunStart {
  std::string_view version;  ///< of the program
  std::string_view commit;
  std::string_view host;  ///< vantage point, may be empty
  std::string_view list_name;
  std::string_view attribution;  ///< RFC 9511 URI, empty = none
  std::uint32_t cycle{0};
  RuleSet rules{RuleSet::utnt};
  Method method{Method::icmp_paris};
  wire::IpAddress source;
  std::array<std::byte, 32> seed{};
  Instant at;
  std::int64_t epoch_offset_ns{0};  ///< added to an Instant gives nanoseconds since 1970
  bool has_wall_clock{true};        ///< false: Instants count from the run's own zero, epoch_offset_ns is 0
  std::uint32_t rate_pps{0};
  std::uint32_t window_traces{0};
  std::uint8_t window_ttls{0};
  std::uint8_t first_ttl{1};
  std::uint8_t max_ttl{0};
  std::uint8_t attempts{0};
  std::uint8_t gap_limit{0};
  std::uint16_t wait_ms{0};
  std::uint8_t pings{0};
  std::uint8_t frpla_min{0};
  std::uint8_t rtla_min{0};
  std::uint32_t flow{0};
  bool brute_force{false};
  bool doubletree{false};
  std::uint64_t destinations{0};  ///< 0 = not known at the start
};

struct CountersAt {
  Instant at;
  bool final{false};  ///< the last of the run
  bool interrupted{false};
  Counters counters;
};

/// Each writes one record to the front of `out` and returns its length.
/// Errors: no_room; invalid_argument (a text, a count or an extension longer than its bound).
Result<std::size_t> encode(const Event& event, MutableBytes out);
Result<std::size_t> encode(const RunStart& start, MutableBytes out);
Result<std::size_t> encode(const CountersAt& counters, MutableBytes out);

/// One whole record, as RecordReader hands out. Errors: truncated, malformed (length, enumerator or count that the
/// layout forbids), bad_version, unsupported (another type).
Result<Event> decode_event(ConstBytes record);
Result<RunStart> decode_run_start(ConstBytes record);
Result<CountersAt> decode_counters(ConstBytes record);

}  // namespace utnt::report
