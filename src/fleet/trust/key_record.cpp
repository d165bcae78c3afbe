// SPDX-License-Identifier: BSD-2-Clause
// Records as lines of blank-separated words, and the rules of the ring: time only ever takes trust away.
#include "fleet/trust/key_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "fleet/trust/statement.hpp"
#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto blank = line.find(' ');
    words.push_back(line.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    line.remove_prefix(blank + 1);
  }
}

std::string time_text(const std::optional<std::int64_t>& time) { return time ? fmt::format("{}", *time) : "-"; }

std::int64_t parse_time(std::string_view word, std::string_view field, const std::string& name) {
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), time);
  if (error != std::errc{} || end != word.data() + word.size())
    throw TrustError{fmt::format("{}: {} is \"{}\", expected seconds since 1970 as a whole number", name, field, word)};
  return time;
}

std::optional<std::int64_t> parse_optional_time(std::string_view word, std::string_view field,
                                                const std::string& name) {
  if (word == "-") return std::nullopt;
  return parse_time(word, field, name);
}

bool is_owner(std::string_view owner) {
  return !owner.empty() && owner.size() <= 255 &&
         std::ranges::all_of(owner, [](char c) { return c > ' ' && c <= '~'; });
}

constexpr std::size_t record_words = 5;

KeyRecord record_of(const std::vector<std::string_view>& words, const std::string& name) {
  const auto key = parse_key_text(words.at(0));
  if (!key) throw TrustError{fmt::format("{}: the key is \"{}\", expected a public key of minisign", name, words[0])};
  if (!is_owner(words.at(1)))
    throw TrustError{fmt::format("{}: the owner is \"{}\", expected a name without blanks", name, words[1])};
  return {.key = *key,
          .owner = std::string{words[1]},
          .from = parse_time(words.at(2), "the beginning", name),
          .until = parse_optional_time(words.at(3), "the end", name),
          .revoked = parse_optional_time(words.at(4), "the revocation", name)};
}

std::optional<std::int64_t> earlier(const std::optional<std::int64_t>& a, const std::optional<std::int64_t>& b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

std::string record_text(const KeyRecord& record) {
  if (!is_owner(record.owner))
    throw TrustError{fmt::format("\"{}\" cannot own a key: expected a name without blanks", record.owner)};
  return fmt::format("{} {} {} {} {}", key_text(record.key), record.owner, record.from, time_text(record.until),
                     time_text(record.revoked));
}

KeyRecord parse_key_record(std::string_view line, const std::string& name) {
  const auto words = words_of(line);
  if (words.size() != record_words)
    throw TrustError{
        fmt::format("{}: expected key, owner, beginning, end and revocation with one blank between", name)};
  return record_of(words, name);
}

std::string_view name_of(Standing standing) {
  static constexpr std::array<std::string_view, 5> names{"unknown", "not yet valid", "trusted", "expired", "revoked"};
  return names.at(static_cast<std::size_t>(standing));
}

Standing standing_of(const KeyRecord& record, std::int64_t now) {
  if (record.revoked) return Standing::revoked;
  if (now < record.from) return Standing::not_yet;
  if (record.until && now >= *record.until) return Standing::expired;
  return Standing::trusted;
}

void KeyRing::add(const KeyRecord& record) {
  const auto known = std::ranges::find(records_, record.key.bytes, [](const KeyRecord& r) { return r.key.bytes; });
  if (known == records_.end()) {
    records_.push_back(record);
    return;
  }
  if (known->owner != record.owner)
    throw TrustError{fmt::format("key {} belongs to {} and cannot become a key of {}; make another one",
                                 key_id_text(record.key.id), known->owner, record.owner)};
  const auto revoked = earlier(known->revoked, record.revoked);
  *known = record;
  known->revoked = revoked;
}

bool KeyRing::revoke(const PublicKey& key, std::int64_t now) {
  const auto known = std::ranges::find(records_, key.bytes, [](const KeyRecord& r) { return r.key.bytes; });
  if (known == records_.end()) return false;
  known->revoked = earlier(known->revoked, now);
  return true;
}

const KeyRecord* KeyRing::find(const PublicKey& key) const {
  const auto known = std::ranges::find(records_, key, &KeyRecord::key);
  return known == records_.end() ? nullptr : &*known;
}

Standing KeyRing::standing(const PublicKey& key, std::int64_t now) const {
  const KeyRecord* record = find(key);
  return record == nullptr ? Standing::unknown : standing_of(*record, now);
}

std::vector<PublicKey> KeyRing::trusted(std::string_view owner, std::int64_t now) const {
  std::vector<KeyRecord> found;
  for (const KeyRecord& record : records_)
    if (record.owner == owner && standing_of(record, now) == Standing::trusted) found.push_back(record);
  std::ranges::stable_sort(found, std::greater{}, &KeyRecord::from);
  std::vector<PublicKey> keys;
  keys.reserve(found.size());
  for (const KeyRecord& record : found) keys.push_back(record.key);
  return keys;
}

std::string rotation_text(const SecretKey& old_key, const KeyRecord& next, std::int64_t old_until) {
  const std::string content = fmt::format("{} {} {}", record_text(next), key_text(old_key.public_key()), old_until);
  return fmt::format("{} {}", content, sign_statement(old_key, Purpose::rotation, content));
}

KeyRecord accept_rotation(KeyRing& ring, std::string_view text, std::int64_t now, const std::string& name) {
  const auto words = words_of(text);
  if (words.size() != record_words + 3)
    throw TrustError{fmt::format("{}: expected a key record, the old key, its end and a signature", name)};
  KeyRecord next = record_of(words, name);
  const auto old_key = parse_key_text(words[5]);
  const KeyRecord* known = old_key ? ring.find(*old_key) : nullptr;
  if (known == nullptr)
    throw TrustError{fmt::format("{}: the old key is not known here; enrol {} anew", name, next.owner)};
  if (known->owner != next.owner)
    throw TrustError{fmt::format("{}: a key of {} cannot give {} a new one", name, known->owner, next.owner)};
  if (const Standing standing = standing_of(*known, now); standing != Standing::trusted)
    throw TrustError{fmt::format("{}: the old key is {}; enrol {} anew", name, name_of(standing), next.owner)};
  const auto content = text.substr(0, text.rfind(' '));
  if (!is_statement_by(*old_key, Purpose::rotation, content, words[7]))
    throw TrustError{fmt::format("{}: the old key of {} has not signed this", name, next.owner)};
  const std::int64_t old_until = parse_time(words[6], "the old key's end", name);
  if (known->until && old_until > *known->until)
    throw TrustError{fmt::format("{}: would make the old key of {} count longer than before", name, next.owner)};
  KeyRecord old_record = *known;
  old_record.until = old_until;
  ring.add(next);
  ring.add(old_record);
  return next;
}

}  // namespace utnt::fleet
