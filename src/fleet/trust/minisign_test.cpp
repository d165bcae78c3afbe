// SPDX-License-Identifier: BSD-2-Clause
// Signatures of files: nothing that was altered passes, and Debian's minisign takes ours as we take its.
#include "fleet/trust/minisign.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "fleet/trust/key_file.hpp"
#include "fleet/trust/trust_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

ConstBytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

const PublicKey& check(const SecretKey& key, std::string_view content, const Minisig& minisig) {
  static std::vector<PublicKey> keys;
  keys = {SecretKey::make().public_key(), key.public_key()};
  return check_content(keys, bytes_of(content), minisig, "image.elf");
}

TEST(Minisign, what_was_signed_passes_and_tells_the_key) {
  const SecretKey key = SecretKey::make();
  const Minisig minisig = sign_content(key, bytes_of("content"), "timestamp:1 file:image.elf");
  EXPECT_EQ(check(key, "content", minisig), key.public_key());
  const Minisig again = parse_minisig(minisig_text(minisig), "image.elf.minisig");
  EXPECT_EQ(again.trusted_comment, "timestamp:1 file:image.elf");
  EXPECT_EQ(check(key, "content", again), key.public_key());
}

TEST(Minisign, whatever_was_altered_is_told) {
  const SecretKey key = SecretKey::make();
  const Minisig good = sign_content(key, bytes_of("content"), "version 7");
  const auto error_with = [&](std::string_view content, const Minisig& minisig) {
    return error_of([&] { check(key, content, minisig); });
  };
  EXPECT_TRUE(contains(error_with("Content", good), "image.elf: is not what key"));
  Minisig bad = good;
  bad.trusted_comment = "version 8";
  EXPECT_TRUE(contains(error_with("content", bad), "trusted comment"));
  bad = good;
  bad.signature[0] ^= std::byte{1};
  EXPECT_TRUE(contains(error_with("content", bad), "is not what key"));
  bad = good;
  bad.is_prehashed = false;
  EXPECT_TRUE(contains(error_with("content", bad), "is not what key"));
  bad = good;
  bad.key_id[0] ^= std::byte{1};
  EXPECT_TRUE(contains(error_with("content", bad), "not trusted here"));
  EXPECT_TRUE(contains(error_of([&] { check(SecretKey::make(), "content", good); }), "not trusted here"));
}

TEST(Minisign, a_signature_moved_to_another_comment_does_not_pass) {
  const SecretKey key = SecretKey::make();
  const Minisig old = sign_content(key, bytes_of("old"), "version 1");
  Minisig mixed = sign_content(key, bytes_of("new"), "version 2");
  mixed.trusted_comment = old.trusted_comment;
  mixed.global_signature = old.global_signature;
  EXPECT_TRUE(contains(error_of([&] { check(key, "new", mixed); }), "trusted comment"));
}

TEST(Minisign, each_broken_line_is_named) {
  const std::string good = minisig_text(sign_content(SecretKey::make(), bytes_of("x"), "c"));
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < good.size(); at = good.find('\n', at) + 1)
    lines.push_back(good.substr(at, good.find('\n', at) - at));
  ASSERT_EQ(lines.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    std::string text;
    for (std::size_t j = 0; j < 4; ++j) text += (i == j ? "rubbish" : lines[j]) + "\n";
    EXPECT_TRUE(contains(error_of([&] { parse_minisig(text, "f.minisig"); }), "f.minisig:" + std::to_string(i + 1)));
  }
  EXPECT_TRUE(contains(error_of([&] { parse_minisig(good + "more\n", "f.minisig"); }), "f.minisig:5"));
  EXPECT_NE(error_of([&] { parse_minisig("", "f.minisig"); }), "");
}

TEST(Minisign, a_comment_of_two_lines_is_not_signed) {
  EXPECT_NE(error_of([] { sign_content(SecretKey::make(), bytes_of("x"), "two\nlines"); }), "");
  EXPECT_NE(error_of([] { sign_content(SecretKey::make(), bytes_of("x"), std::string(9000, 'c')); }), "");
}

/// Debian's program, in a directory with a key pair of its own and a file.
class WithMinisign : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v minisign >/dev/null 2>&1") != 0) GTEST_SKIP() << "Debian's minisign is not installed";
    test::write_file(directory_ / "file", std::string(100'000, 'm'));
    ASSERT_EQ(run("-G -W -p theirs.pub -s theirs.key"), 0);
  }
  int run(const std::string& arguments) {
    return std::system(("cd " + directory_ / "." + " && minisign " + arguments + " >out 2>&1 </dev/null").c_str());
  }
  TemporaryDirectory directory_;
};

TEST_F(WithMinisign, its_keys_and_signatures_of_both_kinds_pass_here) {
  const PublicKey key = load_public_key(directory_ / "theirs.pub");
  for (const std::string_view kind : {"", "-l "}) {
    ASSERT_EQ(run(std::string{"-S "} + std::string{kind} + "-s theirs.key -m file -t 'the version 3'"), 0);
    const Minisig minisig = load_minisig(minisig_path(directory_ / "file"));
    EXPECT_EQ(minisig.is_prehashed, kind.empty());
    EXPECT_EQ(minisig.trusted_comment, "the version 3");
    EXPECT_EQ(check_file({&key, 1}, directory_ / "file", minisig), key);
  }
}

TEST_F(WithMinisign, its_secret_key_signs_here_and_it_takes_the_signature) {
  ASSERT_EQ(::chmod((directory_ / "theirs.key").c_str(), 0600), 0);
  const SecretKey key = load_secret_key(directory_ / "theirs.key");
  EXPECT_EQ(key.public_key(), load_public_key(directory_ / "theirs.pub"));
  save_minisig(minisig_path(directory_ / "file"), sign_file(key, directory_ / "file", "by us"));
  EXPECT_EQ(run("-V -p theirs.pub -m file"), 0) << test::file_text(directory_ / "out");
  EXPECT_TRUE(contains(test::file_text(directory_ / "out"), "by us"));
}

TEST_F(WithMinisign, it_takes_our_keys_and_signatures) {
  const SecretKey key = SecretKey::make();
  save_secret_key(directory_ / "ours.key", key);
  save_public_key(directory_ / "ours.pub", key.public_key());
  save_minisig(minisig_path(directory_ / "file"), sign_file(key, directory_ / "file", "by us"));
  EXPECT_EQ(run("-V -p ours.pub -m file"), 0) << test::file_text(directory_ / "out");
  EXPECT_EQ(run("-V -P " + key_text(key.public_key()) + " -m file"), 0) << test::file_text(directory_ / "out");
  ASSERT_EQ(run("-S -s ours.key -m file -t 'by them'"), 0) << test::file_text(directory_ / "out");
  const auto ours = key.public_key();
  EXPECT_EQ(check_file({&ours, 1}, directory_ / "file", load_minisig(minisig_path(directory_ / "file"))), ours);
  ASSERT_EQ(run("-R -s ours.key -p again.pub"), 0);
  EXPECT_EQ(load_public_key(directory_ / "again.pub"), ours);
  EXPECT_TRUE(contains(test::file_text(directory_ / "again.pub"), key_id_text(ours.id)));
}

TEST_F(WithMinisign, it_refuses_what_we_would_refuse) {
  const SecretKey key = SecretKey::make();
  save_public_key(directory_ / "ours.pub", key.public_key());
  Minisig minisig = sign_file(key, directory_ / "file", "by us");
  minisig.trusted_comment = "by somebody";
  save_minisig(minisig_path(directory_ / "file"), minisig);
  EXPECT_NE(run("-V -p ours.pub -m file"), 0);
}

}  // namespace
}  // namespace utnt::fleet
