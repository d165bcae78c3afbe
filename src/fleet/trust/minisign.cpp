// SPDX-License-Identifier: BSD-2-Clause
// Four lines: untrusted comment; algorithm, key identity and signature; trusted comment; signature of the first
// signature followed by the trusted comment.
#include "fleet/trust/minisign.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "fleet/trust/sodium_library.hpp"
#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"
#include "fleet/trust/trust_file.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view untrusted_mark = "untrusted comment: ", trusted_mark = "trusted comment: ";
constexpr std::size_t untrusted_bytes_max = 1024, trusted_bytes_max = 8192, file_bytes_max = 16'384;
constexpr std::size_t legacy_bytes_max = std::size_t{64} << 20;
constexpr std::size_t signature_line_bytes = 2 + key_id_bytes + sizeof(Signature);

using Prehash = std::array<std::byte, 64>;

class Blake2b {
 public:
  Blake2b() {
    start_sodium();
    crypto_generichash_init(&state_, nullptr, 0, sizeof(Prehash));
  }
  void add(ConstBytes bytes) {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  Prehash finish() {
    Prehash hash;
    crypto_generichash_final(&state_, reinterpret_cast<unsigned char*>(hash.data()), hash.size());
    return hash;
  }

 private:
  crypto_generichash_state state_;
};

Prehash prehash(ConstBytes content) {
  Blake2b hash;
  hash.add(content);
  return hash.finish();
}

Prehash prehash_of_file(const std::string& path) {
  Blake2b hash;
  read_in_pieces(path, [&hash](ConstBytes piece) { hash.add(piece); });
  return hash.finish();
}

/// What the global signature covers.
std::vector<std::byte> globally_signed(const Signature& signature, std::string_view trusted_comment) {
  std::vector<std::byte> bytes(signature.begin(), signature.end());
  const auto comment = std::as_bytes(std::span{trusted_comment});
  bytes.insert(bytes.end(), comment.begin(), comment.end());
  return bytes;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Minisig sign(const SecretKey& key, const Prehash& hash, std::string_view trusted_comment) {
  if (trusted_comment.size() > trusted_bytes_max || trusted_comment.find('\n') != std::string_view::npos ||
      trusted_comment.find('\r') != std::string_view::npos)
    throw TrustError{fmt::format("a trusted comment must be one line of at most {} bytes", trusted_bytes_max)};
  Minisig minisig{.untrusted_comment = fmt::format("signature by key {}", key_id_text(key.public_key().id)),
                  .is_prehashed = true,
                  .key_id = key.public_key().id,
                  .signature = key.sign(hash),
                  .trusted_comment = std::string{trusted_comment}};
  minisig.global_signature = key.sign(globally_signed(minisig.signature, trusted_comment));
  return minisig;
}

const PublicKey& check(std::span<const PublicKey> keys, ConstBytes signed_bytes, const Minisig& minisig,
                       const std::string& name) {
  const auto key = std::ranges::find(keys, minisig.key_id, &PublicKey::id);
  if (key == keys.end())
    throw TrustError{
        fmt::format("{}: signed by key {}, which is not trusted here; sign it with a trusted key, or add "
                    "this one if you know whose it is",
                    name, key_id_text(minisig.key_id))};
  if (!is_signed_by(*key, signed_bytes, minisig.signature))
    throw TrustError{
        fmt::format("{}: is not what key {} has signed: it was altered or damaged, or the signature "
                    "belongs to another file; fetch both again",
                    name, key_id_text(minisig.key_id))};
  if (!is_signed_by(*key, globally_signed(minisig.signature, minisig.trusted_comment), minisig.global_signature))
    throw TrustError{fmt::format("{}: the trusted comment of its signature was altered; fetch it again", name)};
  return *key;
}

}  // namespace

Minisig parse_minisig(std::string_view text, const std::string& name) {
  const auto refuse = [&](int line, const std::string& expected) {
    throw TrustError{fmt::format("{}:{}: no signature of minisign: expected {}", name, line, expected)};
  };
  Minisig minisig;
  const auto first = take_line(text);
  if (!first.starts_with(untrusted_mark) || first.size() > untrusted_bytes_max)
    refuse(1, fmt::format("\"{}\"", untrusted_mark));
  minisig.untrusted_comment = first.substr(untrusted_mark.size());
  const auto signature = from_base64(take_line(text));
  if (!signature || signature->size() != signature_line_bytes || (*signature)[0] != std::byte{'E'} ||
      ((*signature)[1] != std::byte{'D'} && (*signature)[1] != std::byte{'d'}))
    refuse(2, "the base64 of a signature");
  minisig.is_prehashed = (*signature)[1] == std::byte{'D'};
  copy_bytes(minisig.key_id, ConstBytes{*signature}.subspan(2, key_id_bytes));
  copy_bytes(minisig.signature, ConstBytes{*signature}.subspan(2 + key_id_bytes));
  const auto third = take_line(text);
  if (!third.starts_with(trusted_mark) || third.size() > trusted_mark.size() + trusted_bytes_max)
    refuse(3, fmt::format("\"{}\"", trusted_mark));
  minisig.trusted_comment = third.substr(trusted_mark.size());
  const auto global = from_base64(take_line(text));
  if (!global || global->size() != sizeof(Signature)) refuse(4, "the base64 of the comment's signature");
  copy_bytes(minisig.global_signature, *global);
  if (!text.empty()) refuse(5, "nothing more");
  return minisig;
}

std::string minisig_text(const Minisig& minisig) {
  std::array<std::byte, signature_line_bytes> line{std::byte{'E'},
                                                   minisig.is_prehashed ? std::byte{'D'} : std::byte{'d'}};
  copy_bytes(MutableBytes{line}.subspan(2), minisig.key_id);
  copy_bytes(MutableBytes{line}.subspan(2 + key_id_bytes), minisig.signature);
  return fmt::format("{}{}\n{}\n{}{}\n{}\n", untrusted_mark, minisig.untrusted_comment, to_base64(line), trusted_mark,
                     minisig.trusted_comment, to_base64(minisig.global_signature));
}

Minisig sign_content(const SecretKey& key, ConstBytes content, std::string_view trusted_comment) {
  return sign(key, prehash(content), trusted_comment);
}

Minisig sign_file(const SecretKey& key, const std::string& path, std::string_view trusted_comment) {
  return sign(key, prehash_of_file(path), trusted_comment);
}

const PublicKey& check_content(std::span<const PublicKey> keys, ConstBytes content, const Minisig& minisig,
                               const std::string& name) {
  return minisig.is_prehashed ? check(keys, prehash(content), minisig, name) : check(keys, content, minisig, name);
}

const PublicKey& check_file(std::span<const PublicKey> keys, const std::string& path, const Minisig& minisig) {
  if (minisig.is_prehashed) return check(keys, prehash_of_file(path), minisig, path);
  const std::string content = read_trust_file(path, legacy_bytes_max, Readers::everybody);
  return check(keys, std::as_bytes(std::span{content}), minisig, path);
}

Minisig load_minisig(const std::string& path) {
  return parse_minisig(read_trust_file(path, file_bytes_max, Readers::everybody), path);
}

void save_minisig(const std::string& path, const Minisig& minisig) {
  write_trust_file(path, minisig_text(minisig), Readers::everybody, Existing::replace);
}

}  // namespace utnt::fleet
