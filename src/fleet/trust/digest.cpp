// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 by libsodium, whose state lives in an opaque array so that the header needs no library.
#include "fleet/trust/digest.hpp"

#include <sodium.h>

#include <algorithm>

#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_file.hpp"

namespace utnt::fleet {
namespace {

static_assert(alignof(crypto_hash_sha256_state) <= 8);

crypto_hash_sha256_state* state_of(std::byte* memory) { return reinterpret_cast<crypto_hash_sha256_state*>(memory); }

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(crypto_hash_sha256_state) <= state_bytes);
  crypto_hash_sha256_init(state_of(state_.data()));
}

void Sha256::add(ConstBytes bytes) {
  crypto_hash_sha256_update(state_of(state_.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

void Sha256::add(std::string_view text) { add(std::as_bytes(std::span{text})); }

DigestBytes Sha256::finish() {
  DigestBytes digest;
  crypto_hash_sha256_final(state_of(state_.data()), reinterpret_cast<unsigned char*>(digest.data()));
  crypto_hash_sha256_init(state_of(state_.data()));
  return digest;
}

std::string Sha256::hex() { return to_hex(finish()); }

DigestBytes sha256(ConstBytes bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

std::string sha256_hex(ConstBytes bytes) { return to_hex(sha256(bytes)); }

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span{text})); }

std::string sha256_hex_of_file(const std::string& path) {
  Sha256 hash;
  read_in_pieces(path, [&hash](ConstBytes piece) { hash.add(piece); });
  return hash.hex();
}

bool is_digest(std::string_view text) {
  return text.size() == digest_digits && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
         });
}

}  // namespace utnt::fleet
