// SPDX-License-Identifier: BSD-2-Clause
// A secret key file is a comment line and the base64 of: "Ed", password scheme (zero: none), "B2", salt, two limits of
// the scheme, identity, secret key, BLAKE2b-256 of "Ed", identity and key.
#include "fleet/trust/key_file.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <vector>

#include "fleet/trust/sodium_library.hpp"
#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"
#include "fleet/trust/trust_file.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t file_bytes_max = 4096;
constexpr std::string_view comment_mark = "untrusted comment: ";
constexpr std::string_view algorithm = "Ed", checksum_scheme = "B2";
constexpr std::size_t at_password_scheme = 2, at_checksum_scheme = 4, at_id = 54, at_key = at_id + key_id_bytes,
                      at_checksum = at_key + 64, secret_bytes = at_checksum + 32;

using Checksum = std::array<std::byte, 32>;

Checksum checksum_of(ConstBytes secret) {
  start_sodium();
  Checksum sum;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sum.size());
  const auto add = [&](ConstBytes part) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  };
  add(secret.first(algorithm.size()));
  add(secret.subspan(at_id, at_checksum - at_id));
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(sum.data()), sum.size());
  return sum;
}

bool has_text(ConstBytes bytes, std::size_t at, std::string_view text) {
  return std::ranges::equal(bytes.subspan(at, text.size()), std::as_bytes(std::span{text}));
}

/// The second of two lines, the first being a comment.
std::string_view line_behind_comment(std::string_view text, const std::string& name, std::string_view what) {
  const auto end = text.find('\n');
  if (!text.starts_with(comment_mark) || end == std::string_view::npos)
    throw TrustError{
        fmt::format("{}: line 1 should begin with \"{}\", as in every {} file of minisign", name, comment_mark, what)};
  text.remove_prefix(end + 1);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

}  // namespace

void save_secret_key(const std::string& path, const SecretKey& key) {
  std::array<std::byte, secret_bytes> secret{};
  const MutableBytes all{secret};
  copy_bytes(all, std::as_bytes(std::span{algorithm}));
  copy_bytes(all.subspan(at_checksum_scheme), std::as_bytes(std::span{checksum_scheme}));
  copy_bytes(all.subspan(at_id), key.public_key().id);
  copy_bytes(all.subspan(at_key), key.bytes());
  copy_bytes(all.subspan(at_checksum), checksum_of(secret));
  std::string text = fmt::format("{}secret key {}, keep it to yourself\n{}\n", comment_mark,
                                 key_id_text(key.public_key().id), to_base64(secret));
  sodium_memzero(secret.data(), secret.size());
  write_trust_file(path, text, Readers::owner_only, Existing::refuse);
  wipe(text);
}

SecretKey load_secret_key(const std::string& path) {
  std::string text = read_trust_file(path, file_bytes_max, Readers::owner_only);
  const auto secret = from_base64(line_behind_comment(text, path, "secret key"));
  wipe(text);
  if (!secret || secret->size() != secret_bytes || !has_text(*secret, 0, algorithm))
    throw TrustError{fmt::format("{}: line 2 is no secret key of minisign", path)};
  const ConstBytes all{*secret};
  if (all[at_password_scheme] != std::byte{0} || all[at_password_scheme + 1] != std::byte{0})
    throw TrustError{fmt::format("{0}: is locked by a password; take it off with: minisign -C -W -s {0}", path)};
  SecretKey::Bytes bytes;
  copy_bytes(bytes, all.subspan(at_key, bytes.size()));
  KeyId id;
  copy_bytes(id, all.subspan(at_id, id.size()));
  const auto key = SecretKey::from_bytes(id, bytes);
  const auto checksum = all.subspan(at_checksum);
  const bool has_none =
      std::ranges::all_of(checksum, [](std::byte byte) { return byte == std::byte{0}; });  // minisign -W
  const bool is_whole = has_none || std::ranges::equal(checksum_of(all), checksum);
  sodium_memzero(bytes.data(), bytes.size());
  if (!key || !is_whole) throw TrustError{fmt::format("{}: is damaged; restore it from a backup", path)};
  return *key;
}

std::string public_key_file_text(const PublicKey& key) {
  return fmt::format("{}public key {}\n{}\n", comment_mark, key_id_text(key.id), key_text(key));
}

void save_public_key(const std::string& path, const PublicKey& key) {
  write_trust_file(path, public_key_file_text(key), Readers::everybody, Existing::refuse);
}

PublicKey parse_public_key_file(std::string_view text, const std::string& name) {
  const auto key = parse_key_text(line_behind_comment(text, name, "public key"));
  if (!key) throw TrustError{fmt::format("{}: line 2 is no public key of minisign", name)};
  return *key;
}

PublicKey load_public_key(const std::string& path) {
  return parse_public_key_file(read_trust_file(path, file_bytes_max, Readers::everybody), path);
}

}  // namespace utnt::fleet
