// SPDX-License-Identifier: BSD-2-Clause
// Key files: private, whole or not at all, and an error that helps for each way in which one can be wrong.
#include "fleet/trust/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fleet/trust/trust_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

TEST(KeyFile, keys_come_back_from_their_files) {
  const TemporaryDirectory directory;
  const SecretKey key = SecretKey::make();
  save_secret_key(directory / "key", key);
  save_public_key(directory / "key.pub", key.public_key());
  EXPECT_EQ(load_secret_key(directory / "key").bytes(), key.bytes());
  EXPECT_EQ(load_secret_key(directory / "key").public_key(), key.public_key());
  EXPECT_EQ(load_public_key(directory / "key.pub"), key.public_key());
  EXPECT_EQ(directory.files(), 2U) << "nothing temporary is left";
}

TEST(KeyFile, a_secret_key_is_for_its_owner_only) {
  const TemporaryDirectory directory;
  save_secret_key(directory / "key", SecretKey::make());
  struct stat status {};
  ASSERT_EQ(::stat((directory / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod((directory / "key").c_str(), mode), 0);
    const auto error = error_of([&] { load_secret_key(directory / "key"); });
    EXPECT_TRUE(contains(error, directory / "key") && contains(error, "chmod 600")) << error;
  }
}

TEST(KeyFile, a_file_that_is_there_is_never_replaced) {
  const TemporaryDirectory directory;
  test::write_file(directory / "key", "precious");
  EXPECT_TRUE(contains(error_of([&] { save_secret_key(directory / "key", SecretKey::make()); }), "is there already"));
  EXPECT_TRUE(contains(error_of([&] { save_public_key(directory / "key", SecretKey::make().public_key()); }),
                       "is there already"));
  EXPECT_EQ(test::file_text(directory / "key"), "precious");
  EXPECT_EQ(directory.files(), 1U);
}

TEST(KeyFile, each_wrong_file_is_named_with_what_to_do) {
  const TemporaryDirectory directory;
  const auto error_with = [&](std::string_view content) {
    test::write_file(directory / "key", content);
    EXPECT_EQ(::chmod((directory / "key").c_str(), 0600), 0);
    const auto error = error_of([&] { load_secret_key(directory / "key"); });
    EXPECT_TRUE(error.starts_with(directory / "key")) << error;
    return error;
  };
  EXPECT_TRUE(contains(error_with(""), "line 1"));
  EXPECT_TRUE(contains(error_with("untrusted comment: x\nAAAA\n"), "line 2"));
  EXPECT_TRUE(contains(error_with(std::string(5000, 'x')), "longer than"));
  EXPECT_TRUE(contains(error_of([&] { load_secret_key(directory / "none"); }), "No such file"));
  EXPECT_TRUE(contains(error_of([&] { save_secret_key(directory / "no/key", SecretKey::make()); }), "directory"));
  EXPECT_TRUE(contains(error_of([&] { load_secret_key(directory / "."); }), "no regular file"));
  ASSERT_EQ(::symlink("key", (directory / "linked").c_str()), 0);
  EXPECT_TRUE(contains(error_of([&] { load_secret_key(directory / "linked"); }), "symbolic link"));
}

TEST(KeyFile, one_wrong_bit_of_a_secret_key_is_noticed) {
  const TemporaryDirectory directory;
  save_secret_key(directory / "key", SecretKey::make());
  const std::string text = test::file_text(directory / "key");
  const auto line = text.find('\n') + 1;
  auto secret = from_base64(std::string_view{text}.substr(line, text.size() - line - 1)).value();
  for (const std::size_t at : {56U, 70U, 100U, 140U}) {  // identity, seed, public half, checksum
    auto damaged = secret;
    damaged.at(at) ^= std::byte{4};
    test::write_file(directory / "key", text.substr(0, line) + to_base64(damaged) + "\n");
    EXPECT_TRUE(contains(error_of([&] { load_secret_key(directory / "key"); }), "damaged")) << at;
  }
}

TEST(KeyFile, a_public_key_file_of_another_kind_is_refused) {
  EXPECT_TRUE(contains(error_of([] { parse_public_key_file("ssh-ed25519 AAAA", "id.pub"); }), "id.pub: line 1"));
  EXPECT_TRUE(
      contains(error_of([] { parse_public_key_file("untrusted comment: x\nAAAA\n", "k.pub"); }), "k.pub: line 2"));
  const PublicKey key = SecretKey::make().public_key();
  EXPECT_EQ(parse_public_key_file("untrusted comment: from Windows\r\n" + key_text(key) + "\r\n", "k.pub"), key);
}

}  // namespace
}  // namespace utnt::fleet
