// SPDX-License-Identifier: BSD-2-Clause
// Key files as minisign writes and reads them, secret keys without a password (`minisign -G -W`): what protects them
// is the mode 0600, which is checked whenever one is read. Format: the manual page minisign(1) and its web page.
#pragma once

#include <string>
#include <string_view>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {

/// Mode 0600, whole or not at all. Throws TrustError; a file that is there is never replaced.
void save_secret_key(const std::string& path, const SecretKey& key);
/// Throws TrustError: not there, others may read it, not a secret key, locked by a password.
SecretKey load_secret_key(const std::string& path);

/// The text of a public key file: a comment line, and key_text().
std::string public_key_file_text(const PublicKey& key);
void save_public_key(const std::string& path, const PublicKey& key);
PublicKey load_public_key(const std::string& path);
/// `name` is for the message of the TrustError.
PublicKey parse_public_key_file(std::string_view text, const std::string& name);

}  // namespace utnt::fleet
