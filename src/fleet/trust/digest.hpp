// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 as the fleet writes it: 64 lower-case hexadecimal digits. Images, results, orders and frames are named and
// checked by it. Source: FIPS 180-4; computed by libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace utnt::fleet {

inline constexpr std::size_t digest_bytes = 32;
inline constexpr std::size_t digest_digits = 2 * digest_bytes;
using DigestBytes = std::array<std::byte, digest_bytes>;

/// The digest of bytes that come in pieces. After finish() or hex() it begins anew.
class Sha256 {
 public:
  Sha256();
  void add(ConstBytes bytes);
  void add(std::string_view text);
  DigestBytes finish();
  std::string hex();

 private:
  static constexpr std::size_t state_bytes = 104;  ///< of libsodium; checked where it is used
  alignas(8) std::array<std::byte, state_bytes> state_;
};

DigestBytes sha256(ConstBytes bytes);
std::string sha256_hex(ConstBytes bytes);
std::string sha256_hex(std::string_view text);
/// Throws TrustError when the file cannot be read.
std::string sha256_hex_of_file(const std::string& path);
/// Whether it is 64 lower-case hexadecimal digits: safe as a file name and in a command.
bool is_digest(std::string_view text);

}  // namespace utnt::fleet
