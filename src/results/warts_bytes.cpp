// SPDX-License-Identifier: BSD-2-Clause
// The encodings, one rule a function.
#include "results/warts_bytes.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace utnt::results {

void WartsBytes::text(std::string_view v) {
  out_ += v.substr(0, v.find('\0'));
  out_ += '\0';
}

void WartsBytes::time(Nanoseconds since_1970) {
  constexpr Nanoseconds per_second = 1'000'000'000;
  const auto seconds = since_1970 / per_second;
  const bool fits = since_1970 >= 0 && seconds <= std::numeric_limits<std::uint32_t>::max();
  u32(fits ? static_cast<std::uint32_t>(seconds) : 0);
  u32(fits ? static_cast<std::uint32_t>(since_1970 % per_second / 1'000) : 0);
}

void WartsBytes::round_trip(Nanoseconds rtt) {
  u32(static_cast<std::uint32_t>(std::clamp<Nanoseconds>(rtt / 1'000, 0, std::numeric_limits<std::uint32_t>::max())));
}

void WartsAddressTable::write(WartsBytes& out, const wire::IpAddress& address) {
  UTNT_ASSERT(!address.is_none());
  const auto it = std::find(known_.begin(), known_.end(), address);
  if (it != known_.end()) {
    out.u8(0);
    out.u32(static_cast<std::uint32_t>(it - known_.begin()));
    return;
  }
  known_.push_back(address);
  out.u8(static_cast<unsigned>(address.octets().size()));
  out.u8(address.is_v4() ? 1 : 2);
  for (const auto octet : address.octets()) out.u8(octet);
}

WartsBytes& WartsParameters::add(unsigned id) {
  UTNT_ASSERT(id >= 1);
  const auto byte = (id - 1) / 7;
  const auto bit = static_cast<std::uint8_t>(1U << (id - 1) % 7);
  if (flags_.size() <= byte) flags_.resize(byte + 1U);
  UTNT_ASSERT(flags_[byte] < bit);  // ascending
  flags_[byte] = static_cast<std::uint8_t>(flags_[byte] | bit);
  return values_;
}

void WartsParameters::write_to(WartsBytes& out) const {
  if (flags_.empty()) return out.u8(0);
  for (std::size_t i = 0; i < flags_.size(); ++i) out.u8(flags_[i] | (i + 1 < flags_.size() ? 0x80U : 0U));
  out.u16(static_cast<unsigned>(values_.bytes().size()));
  out.raw(values_.bytes());
}

std::string warts_record(WartsType type, const WartsBytes& body) {
  WartsBytes out;
  out.u16(warts_magic);
  out.u16(static_cast<unsigned>(type));
  out.u32(static_cast<std::uint32_t>(body.bytes().size()));
  out.raw(body.bytes());
  return out.bytes();
}

}  // namespace utnt::results
