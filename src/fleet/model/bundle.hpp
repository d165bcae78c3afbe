// SPDX-License-Identifier: BSD-2-Clause
// What one run leaves behind, as a node spools it and the store keeps it: one line of JSON that tells of the run, then
// the payload as it is (JSON lines of the traces). Its name is the SHA-256 of all of it. Nodes write it, so reading
// expects anything. Fields: docs/reference/fleet.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// A number with a name: a moment of the run or something measured.
struct BundleNumber {
  std::string name;  ///< lower-case letters, digits, `_`
  std::int64_t value{0};
  friend bool operator==(const BundleNumber&, const BundleNumber&) = default;
};

struct BundleHeader {
  std::string job;           ///< identity of the order
  std::uint32_t attempt{0};  ///< from 1
  std::string node;
  std::string variant{};
  std::string tender{};
  std::string image{};  ///< digest
  std::string format{"jsonl"};
  int exit_code{0};
  std::string end{};  ///< how the instance ended: exited, faulted, time_limit ...; empty: there was none
  bool is_complete{false};
  std::string reason{};  ///< of fleet::reason when it is not complete
  std::string detail{};  ///< for people
  std::uint64_t probes{0};
  std::vector<BundleNumber> phases{};    ///< nanoseconds of the node's monotonic clock; 0: not known
  std::vector<BundleNumber> measured{};  ///< such as pss_bytes, user_ns
  friend bool operator==(const BundleHeader&, const BundleHeader&) = default;
};

struct Bundle {
  BundleHeader header;
  std::string_view payload;  ///< in the bytes that were read
};

inline constexpr std::size_t bundle_header_max = std::size_t{64} << 10;  ///< bytes of the first line
inline constexpr std::size_t bundle_payload_max = std::size_t{1} << 30;
inline constexpr std::size_t bundle_detail_max = 2'000;
inline constexpr std::size_t bundle_numbers_max = 32;

/// What people wrote (detail) is cut and cleaned; throws std::invalid_argument when another field is not as
/// parse_bundle() wants it.
std::string write_bundle(const BundleHeader& header, std::string_view payload);
/// Throws std::invalid_argument that names the field and what was expected. The payload is not looked into.
Bundle parse_bundle(std::string_view bytes);
/// The first line, without its end.
std::string_view bundle_header_line(std::string_view bytes);
/// Its name: SHA-256 of all bytes, 64 hexadecimal digits.
std::string bundle_digest(std::string_view bytes);

}  // namespace utnt::fleet
