// SPDX-License-Identifier: BSD-2-Clause
// The primitive encodings of warts: big-endian integers, times, addresses with their per-record table, parameter
// blocks. Source: the format as read by the scamper tools of 2021-12-12 (see docs/reference/schema.md on what we
// write).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/trace_model.hpp"
#include "wire/address.hpp"

namespace utnt::results {

inline constexpr std::uint16_t warts_magic = 0x1205;
enum class WartsType : std::uint16_t {
  list = 1,
  cycle_start = 2,
  cycle_definition = 3,
  cycle_stop = 4,
  trace = 6,
  ping = 7
};

class WartsBytes {
 public:
  void u8(unsigned v) { out_ += static_cast<char>(v & 0xffU); }
  void u16(unsigned v) { u8(v >> 8), u8(v); }
  void u32(std::uint32_t v) { u16(v >> 16), u16(v & 0xffffU); }
  void text(std::string_view v);      ///< up to the first NUL, and a NUL
  void time(Nanoseconds since_1970);  ///< seconds, microseconds; 0 for what does not fit
  void round_trip(Nanoseconds rtt);   ///< microseconds, at most 2^32 - 1
  void raw(std::string_view v) { out_ += v; }
  [[nodiscard]] const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

/// Addresses of one record: the first use is written in full, later ones by number.
class WartsAddressTable {
 public:
  void write(WartsBytes& out, const wire::IpAddress& address);

 private:
  std::vector<wire::IpAddress> known_;
};

/// An optional-parameter block. Parameters must be added in ascending order of their numbers, from 1.
class WartsParameters {
 public:
  /// Announces parameter `id`; its value goes to value().
  WartsBytes& add(unsigned id);
  void u8(unsigned id, unsigned v) { add(id).u8(v); }
  void u16(unsigned id, unsigned v) { add(id).u16(v); }
  void u32(unsigned id, std::uint32_t v) { add(id).u32(v); }
  void write_to(WartsBytes& out) const;

 private:
  std::vector<std::uint8_t> flags_;
  WartsBytes values_;
};

/// Header and body of one record.
std::string warts_record(WartsType type, const WartsBytes& body);

}  // namespace utnt::results
