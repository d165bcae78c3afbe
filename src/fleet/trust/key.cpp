// SPDX-License-Identifier: BSD-2-Clause
// Thin over libsodium. The identity of a key that we make is the beginning of its fingerprint; minisign draws it by
// lot, so that a key from outside may have any.
#include "fleet/trust/key.hpp"

#include <sodium.h>

#include <algorithm>

#include "fleet/trust/digest.hpp"
#include "fleet/trust/sodium_library.hpp"
#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t algorithm_bytes = 2;
constexpr std::size_t key_line_bytes = algorithm_bytes + key_id_bytes + 32;

template <class Byte>
auto* raw(Byte* bytes) {
  if constexpr (std::is_const_v<Byte>) {
    return reinterpret_cast<const unsigned char*>(bytes);
  } else {
    return reinterpret_cast<unsigned char*>(bytes);
  }
}

KeyId usual_id(ConstBytes public_half) {
  const DigestBytes digest = sha256(public_half);
  KeyId id;
  copy_bytes(id, ConstBytes{digest}.first(key_id_bytes));
  return id;
}

}  // namespace

void start_sodium() {
  if (sodium_init() < 0) throw TrustError{"libsodium cannot start: is there a source of randomness (/dev/urandom)?"};
}

std::string fingerprint(const PublicKey& key) { return sha256_hex(ConstBytes{key.bytes}); }

std::string key_id_text(const KeyId& id) {
  KeyId shown = id;
  std::ranges::reverse(shown);  // minisign shows it as one little-endian number
  std::string text = to_hex(shown);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string key_text(const PublicKey& key) {
  std::array<std::byte, key_line_bytes> line{std::byte{'E'}, std::byte{'d'}};
  copy_bytes(MutableBytes{line}.subspan(algorithm_bytes), key.id);
  copy_bytes(MutableBytes{line}.subspan(algorithm_bytes + key_id_bytes), key.bytes);
  return to_base64(line);
}

std::optional<PublicKey> parse_key_text(std::string_view text) {
  const auto line = from_base64(text);
  if (!line || line->size() != key_line_bytes || (*line)[0] != std::byte{'E'} || (*line)[1] != std::byte{'d'})
    return std::nullopt;
  PublicKey key;
  copy_bytes(key.id, ConstBytes{*line}.subspan(algorithm_bytes, key_id_bytes));
  copy_bytes(key.bytes, ConstBytes{*line}.subspan(algorithm_bytes + key_id_bytes));
  if (crypto_core_ed25519_is_valid_point(raw(key.bytes.data())) != 1) return std::nullopt;
  return key;
}

bool is_signed_by(const PublicKey& key, ConstBytes content, const Signature& signature) {
  return crypto_sign_ed25519_verify_detached(raw(signature.data()), raw(content.data()), content.size(),
                                             raw(key.bytes.data())) == 0;
}

SecretKey SecretKey::make() {
  start_sodium();
  std::array<std::byte, key_seed_bytes> seed;
  randombytes_buf(seed.data(), seed.size());
  SecretKey key = from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

SecretKey SecretKey::from_seed(std::span<const std::byte, key_seed_bytes> seed) {
  SecretKey key;
  std::array<std::byte, 32> public_half;
  crypto_sign_ed25519_seed_keypair(raw(public_half.data()), raw(key.bytes_.data()), raw(seed.data()));
  key.id_ = usual_id(public_half);
  return key;
}

SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

PublicKey SecretKey::public_key() const {
  PublicKey key{.id = id_, .bytes = {}};
  copy_bytes(key.bytes, ConstBytes{bytes_}.subspan(key_seed_bytes));
  return key;
}

Signature SecretKey::sign(ConstBytes content) const {
  Signature signature;
  crypto_sign_ed25519_detached(raw(signature.data()), nullptr, raw(content.data()), content.size(), raw(bytes_.data()));
  return signature;
}

std::optional<SecretKey> SecretKey::from_bytes(const KeyId& id, const Bytes& bytes) {
  SecretKey key = from_seed(std::span{bytes}.first<key_seed_bytes>());
  if (sodium_memcmp(key.bytes_.data(), bytes.data(), bytes.size()) != 0) return std::nullopt;
  key.id_ = id;
  return key;
}

}  // namespace utnt::fleet
