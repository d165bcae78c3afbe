// SPDX-License-Identifier: BSD-2-Clause
// Reading the primitive encodings of warts from the bytes of one record; the inverse of warts_bytes.hpp.
// Source: the format as read by the scamper tools of 2021-12-12.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

class WartsProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Bytes of one record, taken from the front; every step checks that they are there and throws WartsProblem if not.
class WartsCursor {
 public:
  explicit WartsCursor(ConstBytes bytes) : rest_{bytes} {}
  std::uint8_t u8() { return load_u8(take(1), 0); }
  std::uint16_t u16() { return load_be16(take(2), 0); }
  std::uint32_t u32() { return load_be32(take(4), 0); }
  std::string text();
  Nanoseconds time();
  ConstBytes take(std::size_t count);
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  ConstBytes rest_;
};

/// Addresses of one record by the order of their first use; see WartsAddressTable for the writing side.
class WartsAddresses {
 public:
  wire::IpAddress read(WartsCursor& c) {
    const auto length = c.u8();
    if (length == 0) {
      const auto number = c.u32();
      if (number >= known_.size()) throw WartsProblem{"an address refers to one that was not given"};
      return known_[number];
    }
    const auto type = c.u8();
    const auto bytes = c.take(length);
    wire::IpAddress address;
    if (type == 1 && length == 4) {
      address = wire::Ipv4Address{load_be32(bytes, 0)};
    } else if (type == 2 && length == 16) {
      wire::Ipv6Address v6;
      for (std::size_t i = 0; i < 16; ++i) v6.octets[i] = load_u8(bytes, i);
      address = v6;
    }
    known_.push_back(address);  // link-layer addresses keep their number, too
    return address;
  }

 private:
  std::vector<wire::IpAddress> known_;
};

/// Calls `read(id, cursor)` for every parameter set, in ascending order, until it returns false for one it does not
/// know: the rest of the block is then skipped by its length.
template <class Read>
void for_each_parameter(WartsCursor& c, Read read) {
  std::vector<unsigned> ids;
  for (unsigned base = 1;; base += 7) {
    const auto flags = c.u8();
    for (unsigned bit = 0; bit < 7; ++bit) {
      if ((flags >> bit & 1U) != 0) ids.push_back(base + bit);
    }
    if ((flags & 0x80U) == 0) break;
    if (base > 7U * 16) throw WartsProblem{"a parameter block without end"};
  }
  if (ids.empty()) return;
  WartsCursor block{c.take(c.u16())};
  for (const auto id : ids) {
    if (!read(id, block)) return;
  }
}

/// Skips `count` bytes; for parameters that the model has no place for.
inline bool skip(WartsCursor& c, std::size_t count) {
  c.take(count);
  return true;
}

}  // namespace utnt::results
