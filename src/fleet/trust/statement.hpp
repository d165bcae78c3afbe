// SPDX-License-Identifier: BSD-2-Clause
// Signed texts between controller and nodes. What is signed begins with the purpose, so that a signature given for one
// thing can never be shown for another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {

enum class Purpose : std::uint8_t {
  result,    ///< see result_statement()
  record,    ///< a node's capability record
  order,     ///< a job, by the controller
  rotation,  ///< a new key, by the old one
  audit,     ///< the head of an audit log
};

/// Base64 of identity and signature: 96 characters.
std::string sign_statement(const SecretKey& key, Purpose purpose, std::string_view content);
/// Whether `signature` is that key's of this content for this purpose. Any other text is simply not.
bool is_statement_by(const PublicKey& key, Purpose purpose, std::string_view content, std::string_view signature);

/// What a node signs when it sends a result.
std::string result_statement(std::string_view job, std::uint32_t attempt, std::string_view digest);

}  // namespace utnt::fleet
