// SPDX-License-Identifier: BSD-2-Clause
// Ed25519 keys and signatures (RFC 8032) by libsodium. A key carries the eight bytes by which minisign files name it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace utnt::fleet {

inline constexpr std::size_t key_id_bytes = 8;
inline constexpr std::size_t key_seed_bytes = 32;
using KeyId = std::array<std::byte, key_id_bytes>;
using Signature = std::array<std::byte, 64>;

struct PublicKey {
  KeyId id{};
  std::array<std::byte, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

/// The digest of the key's 32 bytes: how people and tables name it.
std::string fingerprint(const PublicKey& key);
/// As minisign shows it: sixteen hexadecimal digits.
std::string key_id_text(const KeyId& id);
/// One line of base64, what `minisign -P` takes: "Ed", identity, key.
std::string key_text(const PublicKey& key);
/// Nothing: that is no such line, or no point of the curve that a key may be.
std::optional<PublicKey> parse_key_text(std::string_view text);

/// Whether the signature of `content` is by that key. Takes no weak keys and no second spelling of a signature.
bool is_signed_by(const PublicKey& key, ConstBytes content, const Signature& signature);

/// Wiped when it goes away.
class SecretKey {
 public:
  /// From the system's randomness.
  static SecretKey make();
  /// The key of RFC 8032's 32 secret bytes.
  static SecretKey from_seed(std::span<const std::byte, key_seed_bytes> seed);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] Signature sign(ConstBytes content) const;

  /// For files: seed, then public key.
  using Bytes = std::array<std::byte, 64>;
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  /// Nothing: the public half does not belong to the seed.
  static std::optional<SecretKey> from_bytes(const KeyId& id, const Bytes& bytes);

 private:
  SecretKey() = default;
  KeyId id_{};
  Bytes bytes_{};
};

}  // namespace utnt::fleet
