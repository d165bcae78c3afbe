// SPDX-License-Identifier: BSD-2-Clause
// Signatures of files as the program minisign makes and checks them: images and block lists. New ones are prehashed
// (BLAKE2b-512, so that a large file need not lie in memory), old ones over the bytes themselves are understood.
// Format: minisign's web page, "Signature format".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {

/// A .minisig file.
struct Minisig {
  std::string untrusted_comment;  ///< covered by nothing
  bool is_prehashed{true};
  KeyId key_id{};
  Signature signature{};
  std::string trusted_comment;  ///< covered by the second signature, together with the first one
  Signature global_signature{};
};

/// Throws TrustError that names `name`, the line and what it should be.
Minisig parse_minisig(std::string_view text, const std::string& name);
std::string minisig_text(const Minisig& minisig);

/// The trusted comment is one line of printable text; throws TrustError else.
Minisig sign_content(const SecretKey& key, ConstBytes content, std::string_view trusted_comment);
Minisig sign_file(const SecretKey& key, const std::string& path, std::string_view trusted_comment);

/// Throws TrustError that says what does not match: no such key among `keys`, other content, other trusted comment.
/// Returns the key that signed.
const PublicKey& check_content(std::span<const PublicKey> keys, ConstBytes content, const Minisig& minisig,
                               const std::string& name);
/// The same of a file of any size, if the signature is prehashed; one that is not: at most 64 MiB.
const PublicKey& check_file(std::span<const PublicKey> keys, const std::string& path, const Minisig& minisig);

/// A .minisig file, and the usual name of the one that belongs to `path`.
Minisig load_minisig(const std::string& path);
void save_minisig(const std::string& path, const Minisig& minisig);
inline std::string minisig_path(const std::string& path) { return path + ".minisig"; }

}  // namespace utnt::fleet
