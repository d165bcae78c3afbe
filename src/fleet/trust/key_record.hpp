// SPDX-License-Identifier: BSD-2-Clause
// Which key is believed when, and for whom: rotation gives an owner a new key while the old one still counts for a
// while, revocation ends a key at once and for ever. One record is one line of text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {

/// Times are seconds since 1970 UTC, by the clock of whoever asks.
struct KeyRecord {
  PublicKey key{};
  std::string owner{};  ///< name of a node, or "controller": printable, without blanks
  std::int64_t from{0};
  std::optional<std::int64_t> until{};    ///< not believed from then on
  std::optional<std::int64_t> revoked{};  ///< revoked then; a revoked key is believed at no time
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

/// key_text(), owner, from, until, revoked with blanks between; `-` for none.
std::string record_text(const KeyRecord& record);
/// Throws TrustError that names `name` and the field.
KeyRecord parse_key_record(std::string_view line, const std::string& name);

enum class Standing : std::uint8_t { unknown, not_yet, trusted, expired, revoked };
std::string_view name_of(Standing standing);
Standing standing_of(const KeyRecord& record, std::int64_t now);

class KeyRing {
 public:
  /// A key that is there already gets the new times; but what is revoked stays so, and no key changes its owner
  /// (TrustError).
  void add(const KeyRecord& record);
  /// False: there is no such key.
  bool revoke(const PublicKey& key, std::int64_t now);

  [[nodiscard]] const KeyRecord* find(const PublicKey& key) const;
  [[nodiscard]] Standing standing(const PublicKey& key, std::int64_t now) const;
  /// The keys of an owner that are believed now, the newest first.
  [[nodiscard]] std::vector<PublicKey> trusted(std::string_view owner, std::int64_t now) const;
  [[nodiscard]] const std::vector<KeyRecord>& records() const { return records_; }

 private:
  std::vector<KeyRecord> records_;
};

/// The new record, signed by the key that it follows and that counts up to `old_until`. One line.
std::string rotation_text(const SecretKey& old_key, const KeyRecord& next, std::int64_t old_until);
/// Takes a rotation into the ring and returns the new record. Throws TrustError: the old key is not believed now, is
/// another owner's, has not signed this, or would count longer than before.
KeyRecord accept_rotation(KeyRing& ring, std::string_view text, std::int64_t now, const std::string& name);

}  // namespace utnt::fleet
