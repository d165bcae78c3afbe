// SPDX-License-Identifier: BSD-2-Clause
// Which key is believed when: the bounds of time, rotation by the old key's signature, revocation for ever.
#include "fleet/trust/key_record.hpp"

#include <gtest/gtest.h>

#include "fleet/trust/trust_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::error_of;

KeyRecord record_for(const SecretKey& key, std::int64_t from) {
  return {.key = key.public_key(), .owner = "lyon-1", .from = from};
}

TEST(KeyRecord, a_key_is_believed_from_its_beginning_up_to_its_end) {
  KeyRecord record = record_for(SecretKey::make(), 100);
  record.until = 200;
  EXPECT_EQ(standing_of(record, 99), Standing::not_yet);
  EXPECT_EQ(standing_of(record, 100), Standing::trusted);
  EXPECT_EQ(standing_of(record, 199), Standing::trusted);
  EXPECT_EQ(standing_of(record, 200), Standing::expired);
  record.revoked = 150;
  for (const std::int64_t now : {99, 100, 149, 150, 250}) EXPECT_EQ(standing_of(record, now), Standing::revoked);
}

TEST(KeyRecord, a_record_goes_through_its_text) {
  KeyRecord record = record_for(SecretKey::make(), 100);
  EXPECT_EQ(record_text(record), key_text(record.key) + " lyon-1 100 - -");
  EXPECT_EQ(parse_key_record(record_text(record), "keys:1"), record);
  record.until = 200;
  record.revoked = 150;
  EXPECT_EQ(parse_key_record(record_text(record), "keys:1"), record);
}

TEST(KeyRecord, each_wrong_field_is_named) {
  const std::string key = key_text(SecretKey::make().public_key());
  const auto error_with = [](const std::string& line) { return error_of([&] { parse_key_record(line, "keys:7"); }); };
  EXPECT_TRUE(contains(error_with("AAAA lyon-1 1 - -"), "keys:7: the key"));
  EXPECT_TRUE(contains(error_with(key + "  1 - -"), "keys:7: the owner"));
  EXPECT_TRUE(contains(error_with(key + " lyon-1 soon - -"), "keys:7: the beginning is \"soon\""));
  EXPECT_TRUE(contains(error_with(key + " lyon-1 1 2x -"), "keys:7: the end"));
  EXPECT_TRUE(contains(error_with(key + " lyon-1 1 - never"), "keys:7: the revocation"));
  EXPECT_TRUE(contains(error_with(key + " lyon-1 1 -"), "keys:7: expected"));
  EXPECT_NE(error_of([&] { record_text({.key = {}, .owner = "two words"}); }), "");
}

TEST(KeyRing, revocation_cannot_be_undone) {
  const SecretKey key = SecretKey::make();
  KeyRing ring;
  ring.add(record_for(key, 0));
  EXPECT_EQ(ring.standing(key.public_key(), 10), Standing::trusted);
  EXPECT_TRUE(ring.revoke(key.public_key(), 10));
  ring.add(record_for(key, 0));
  EXPECT_TRUE(ring.revoke(key.public_key(), 20));
  EXPECT_EQ(ring.find(key.public_key())->revoked, 10);
  EXPECT_EQ(ring.standing(key.public_key(), 5), Standing::revoked);
  EXPECT_FALSE(ring.revoke(SecretKey::make().public_key(), 10));
  EXPECT_EQ(ring.standing(SecretKey::make().public_key(), 5), Standing::unknown);
}

TEST(KeyRing, a_key_does_not_change_its_owner) {
  const SecretKey key = SecretKey::make();
  KeyRing ring;
  ring.add(record_for(key, 0));
  KeyRecord other = record_for(key, 0);
  other.owner = "oslo-1";
  EXPECT_TRUE(contains(error_of([&] { ring.add(other); }), "belongs to lyon-1"));
}

TEST(Rotation, both_keys_count_until_the_old_one_ends) {
  const SecretKey old_key = SecretKey::make();
  const SecretKey new_key = SecretKey::make();
  KeyRing ring;
  ring.add(record_for(old_key, 0));
  const std::string text = rotation_text(old_key, record_for(new_key, 100), 150);
  EXPECT_EQ(accept_rotation(ring, text, 90, "rotation"), record_for(new_key, 100));
  EXPECT_EQ(ring.trusted("lyon-1", 99), std::vector{old_key.public_key()});
  EXPECT_EQ(ring.trusted("lyon-1", 120), (std::vector{new_key.public_key(), old_key.public_key()}));
  EXPECT_EQ(ring.trusted("lyon-1", 150), std::vector{new_key.public_key()});
  EXPECT_TRUE(ring.trusted("oslo-1", 120).empty());
}

TEST(Rotation, what_the_old_key_does_not_warrant_changes_nothing) {
  const SecretKey old_key = SecretKey::make();
  const SecretKey new_key = SecretKey::make();
  KeyRing ring;
  KeyRecord old_record = record_for(old_key, 0);
  old_record.until = 200;
  ring.add(old_record);
  const auto before = ring.records();
  const auto error_with = [&](const std::string& text, std::int64_t now = 50) {
    const auto error = error_of([&] { accept_rotation(ring, text, now, "rotation"); });
    EXPECT_EQ(ring.records(), before);
    return error;
  };
  const auto next = record_for(new_key, 100);
  const std::string good = rotation_text(old_key, next, 150);
  std::string altered = good;
  altered.replace(altered.find(" 100 "), 5, " 101 ");
  EXPECT_TRUE(contains(error_with(altered), "has not signed"));
  EXPECT_TRUE(contains(error_with(rotation_text(SecretKey::make(), next, 150)), "not known here"));
  EXPECT_TRUE(contains(error_with(good, 200), "expired"));
  EXPECT_TRUE(contains(error_with(rotation_text(old_key, next, 201)), "longer than before"));
  KeyRecord foreign = next;
  foreign.owner = "oslo-1";
  EXPECT_TRUE(contains(error_with(rotation_text(old_key, foreign, 150)), "a key of lyon-1 cannot"));
  EXPECT_TRUE(contains(error_with("x"), "expected"));
}

}  // namespace
}  // namespace utnt::fleet
