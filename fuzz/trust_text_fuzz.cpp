// SPDX-License-Identifier: BSD-2-Clause
// Texts that others give us about keys: signatures, key files, key records, audit logs, known hosts. Whatever they are,
// they are read or refused; what is read has one spelling; nothing is signed by anybody.
#include <array>
#include <string_view>

#include "fleet/transport/known_hosts.hpp"
#include "fleet/transport/ssh_failure.hpp"
#include "fleet/trust/audit.hpp"
#include "fleet/trust/key_file.hpp"
#include "fleet/trust/key_record.hpp"
#include "fleet/trust/minisign.hpp"
#include "fleet/trust/statement.hpp"
#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"
#include "fuzz/fuzz_input.hpp"

namespace utnt {
namespace {

template <class Call>
void read_or_refuse(Call call) {
  try {
    call();
  } catch (const fleet::TrustError& error) {
    UTNT_ASSERT(std::string_view{error.what()}.starts_with("input"));
  }
}

const fleet::SecretKey& some_key() {
  static const fleet::SecretKey key = fleet::SecretKey::from_seed(std::array<std::byte, fleet::key_seed_bytes>{});
  return key;
}

void check_rotation(std::string_view text) {
  fleet::KeyRing ring;
  ring.add({.key = some_key().public_key(), .owner = "node", .from = 0});
  bool is_accepted = false;
  read_or_refuse([&] {
    fleet::accept_rotation(ring, text, 1, "input");
    is_accepted = true;
  });
  UTNT_ASSERT(!is_accepted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto bytes = fleet::from_base64(text)) UTNT_ASSERT(fleet::to_base64(*bytes) == text);
  if (const auto bytes = fleet::from_hex(text)) UTNT_ASSERT(fleet::to_hex(*bytes) == text);
  if (const auto key = fleet::parse_key_text(text)) UTNT_ASSERT(fleet::key_text(*key) == text);
  if (const auto record = fleet::parse_audit_line(text)) UTNT_ASSERT(fleet::audit_line(*record) == text);
  const auto verdict = fleet::verify_audit(text);
  UTNT_ASSERT(verdict.problem.empty() || verdict.records <= size);
  read_or_refuse([&] {
    const auto minisig = fleet::parse_minisig(text, "input");
    const auto again = fleet::parse_minisig(fleet::minisig_text(minisig), "input");
    UTNT_ASSERT(again.signature == minisig.signature);
    UTNT_ASSERT(again.trusted_comment == minisig.trusted_comment);
    const auto key = some_key().public_key();
    fleet::check_content({&key, 1}, {}, minisig, "input");
    UTNT_ASSERT(false);
  });
  read_or_refuse([&] {
    const auto key = fleet::parse_public_key_file(text, "input");
    UTNT_ASSERT(fleet::parse_public_key_file(fleet::public_key_file_text(key), "input") == key);
  });
  read_or_refuse([&] {
    const auto record = fleet::parse_key_record(text, "input");
    UTNT_ASSERT(fleet::parse_key_record(fleet::record_text(record), "input") == record);
  });
  check_rotation(text);
  UTNT_ASSERT(!fleet::is_statement_by(some_key().public_key(), fleet::Purpose::result, "content", text));
  for (const auto& key : fleet::host_keys_named(text, "lyon-1")) UTNT_ASSERT(fleet::from_base64(key.key).has_value());
  UTNT_ASSERT(fleet::explain_ssh_failure("node", text).starts_with("node: "));
  return 0;
}

}  // namespace utnt
