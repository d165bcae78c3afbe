// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/node_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "fleet/node/durable_file.hpp"
#include "fleet/node/node_test_support.hpp"
#include "fleet/trust/key_file.hpp"
#include "fleet/trust/key_record.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t now_s = 1'800'000'000;

class KeyRotation : public testing::Test {
 protected:
  KeyRotation() { make_private_directory(spool); }
  /// What the controller makes of the answer: the new key.
  static PublicKey believed(const PublicKey& old_key, const std::string& answer, const std::string& name = "paris-1") {
    KeyRing ring;
    ring.add({.key = old_key, .owner = name});
    return accept_rotation(ring, answer, now_s, "answer").key;
  }
  [[nodiscard]] PublicKey key() const { return load_secret_key(path).public_key(); }
  std::string rotate(const PublicKey& from) { return rotate_node_key(spool, {.node = "paris-1", .key = from}, now_s); }

  TemporaryDirectory directory;
  std::string spool = directory.path() + "/spool", path = spool + "/node.key";
};

TEST_F(KeyRotation, gives_the_node_a_key_that_the_old_one_vouches_for) {
  const auto before = load_or_make_key(path).public_key();
  const auto answer = rotate(before);
  EXPECT_NE(key(), before);
  EXPECT_EQ(believed(before, answer), key());
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(path + ".next"));
}

TEST_F(KeyRotation, says_the_same_again_to_a_controller_that_did_not_hear_it) {
  const auto before = load_or_make_key(path).public_key();
  const auto answer = rotate(before);
  const auto after = key();
  EXPECT_EQ(rotate(before), answer);
  EXPECT_EQ(key(), after);
  const auto second = rotate(after);
  EXPECT_EQ(believed(after, second), key());
  EXPECT_THROW(rotate(before), os_linux::Failure) << "two rotations ago";
}

TEST_F(KeyRotation, goes_on_where_it_was_cut_off) {
  const auto before = load_or_make_key(path).public_key();
  const auto next = load_or_make_key(path + ".next").public_key();
  EXPECT_EQ(believed(before, rotate(before)), next) << "cut off after the new key was made";
  EXPECT_EQ(key(), next);

  const auto third = load_or_make_key(path + ".next").public_key();
  write_durably(path + ".rotation", "the word of another rotation");
  EXPECT_EQ(believed(next, rotate(next)), third) << "cut off before the key was replaced";
  EXPECT_EQ(key(), third);
}

TEST_F(KeyRotation, is_refused_to_who_believes_another_key) {
  const auto stranger = SecretKey::make().public_key();
  EXPECT_THROW(rotate(stranger), os_linux::Failure) << "there is no key yet";
  const auto before = load_or_make_key(path).public_key();
  EXPECT_THROW(rotate(stranger), os_linux::Failure);
  rotate(before);
  EXPECT_THROW(rotate(stranger), os_linux::Failure);
  EXPECT_THROW(rotate_node_key(spool, {.node = "tokyo-1", .key = before}, now_s), os_linux::Failure)
      << "the old key vouched for paris-1";
}

TEST_F(KeyRotation, is_seen_by_a_program_that_runs_on) {
  NodeKey running{path};
  const auto before = running.current().public_key();
  EXPECT_EQ(running.current().public_key(), before);
  rotate(before);
  EXPECT_EQ(running.current().public_key(), key());
  std::filesystem::remove(path);
  EXPECT_NE(running.current().public_key(), before) << "without a file the last one stays";
}

}  // namespace
}  // namespace utnt::fleet
