// SPDX-License-Identifier: BSD-2-Clause
// Signed bytes: "utnt-fleet-1", the purpose's word, a line feed, the content.
#include "fleet/trust/statement.hpp"

#include <fmt/format.h>

#include <array>

#include "fleet/trust/text_codes.hpp"

namespace utnt::fleet {
namespace {

constexpr std::array<std::string_view, 5> words{"result", "record", "order", "rotation", "audit"};

std::string signed_text(Purpose purpose, std::string_view content) {
  return fmt::format("utnt-fleet-1 {}\n{}", words.at(static_cast<std::size_t>(purpose)), content);
}

}  // namespace

std::string sign_statement(const SecretKey& key, Purpose purpose, std::string_view content) {
  const std::string text = signed_text(purpose, content);
  const Signature signature = key.sign(std::as_bytes(std::span{text}));
  std::array<std::byte, key_id_bytes + sizeof(Signature)> line;
  copy_bytes(line, key.public_key().id);
  copy_bytes(MutableBytes{line}.subspan(key_id_bytes), signature);
  return to_base64(line);
}

bool is_statement_by(const PublicKey& key, Purpose purpose, std::string_view content, std::string_view signature) {
  const auto line = from_base64(signature);
  if (!line || line->size() != key_id_bytes + sizeof(Signature)) return false;
  KeyId id;
  copy_bytes(id, ConstBytes{*line}.first(key_id_bytes));
  Signature bytes;
  copy_bytes(bytes, ConstBytes{*line}.subspan(key_id_bytes));
  const std::string text = signed_text(purpose, content);
  return id == key.id && is_signed_by(key, std::as_bytes(std::span{text}), bytes);
}

std::string result_statement(std::string_view job, std::uint32_t attempt, std::string_view digest) {
  return fmt::format("{} {} {}", job, attempt, digest);
}

}  // namespace utnt::fleet
