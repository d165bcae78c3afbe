// SPDX-License-Identifier: BSD-2-Clause
// Ed25519 against the vectors of RFC 8032 section 7.1 (TEST 1 to 3), and what a signature must not be.
#include "fleet/trust/key.hpp"

#include <gtest/gtest.h>

#include "fleet/trust/statement.hpp"
#include "fleet/trust/trust_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::bytes_from_hex;

struct Vector {
  std::string_view seed, public_half, content, signature;
};

constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"}};

TEST(Key, the_vectors_of_the_rfc_come_out) {
  for (const Vector& vector : vectors) {
    const SecretKey key = SecretKey::from_seed(bytes_from_hex<32>(vector.seed));
    EXPECT_EQ(to_hex(key.public_key().bytes), vector.public_half);
    const auto content = from_hex(vector.content).value();
    EXPECT_EQ(to_hex(key.sign(content)), vector.signature);
    EXPECT_TRUE(is_signed_by(key.public_key(), content, bytes_from_hex<64>(vector.signature)));
  }
}

TEST(Key, another_content_key_or_signature_does_not_pass) {
  const SecretKey key = SecretKey::from_seed(bytes_from_hex<32>(vectors[2].seed));
  const auto content = from_hex(vectors[2].content).value();
  const Signature good = key.sign(content);
  EXPECT_FALSE(is_signed_by(key.public_key(), from_hex("af83").value(), good));
  EXPECT_FALSE(is_signed_by(SecretKey::make().public_key(), content, good));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Signature bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(is_signed_by(key.public_key(), content, bad)) << bit;
  }
}

TEST(Key, a_signature_with_the_group_order_added_is_refused) {
  // RFC 8032 section 5.1.7: S must be below L, else everybody could make a second signature from a first.
  constexpr std::string_view order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
  const SecretKey key = SecretKey::from_seed(bytes_from_hex<32>(vectors[1].seed));
  const auto content = from_hex(vectors[1].content).value();
  Signature signature = key.sign(content);
  const auto addend = bytes_from_hex<32>(order);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = std::to_integer<unsigned>(signature[32 + i]) + std::to_integer<unsigned>(addend[i]) + carry;
    signature[32 + i] = static_cast<std::byte>(sum & 0xffU);
    carry = sum >> 8;
  }
  EXPECT_FALSE(is_signed_by(key.public_key(), content, signature));
}

TEST(Key, made_keys_differ_and_sign) {
  const SecretKey a = SecretKey::make();
  const SecretKey b = SecretKey::make();
  EXPECT_NE(a.public_key(), b.public_key());
  EXPECT_NE(fingerprint(a.public_key()), fingerprint(b.public_key()));
  const auto content = from_hex("00ff").value();
  EXPECT_TRUE(is_signed_by(a.public_key(), content, a.sign(content)));
}

TEST(Key, the_fingerprint_is_the_digest_of_the_key) {
  // sha256sum of the 32 bytes of TEST 1's public key.
  const SecretKey key = SecretKey::from_seed(bytes_from_hex<32>(vectors[0].seed));
  EXPECT_EQ(fingerprint(key.public_key()), "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9");
}

TEST(Key, a_key_goes_through_its_text) {
  const PublicKey key = SecretKey::make().public_key();
  const std::string text = key_text(key);
  EXPECT_EQ(text.size(), 56U);
  EXPECT_EQ(parse_key_text(text), key);
}

TEST(Key, text_that_is_no_key_is_refused) {
  const std::string text = key_text(SecretKey::make().public_key());
  EXPECT_FALSE(parse_key_text(""));
  EXPECT_FALSE(parse_key_text(text.substr(4)));
  EXPECT_FALSE(parse_key_text(text + "AAAA"));
  EXPECT_FALSE(parse_key_text("RUQ" + text.substr(3))) << "another algorithm";
  EXPECT_FALSE(parse_key_text(key_text(PublicKey{}))) << "a point of small order signs everything";
}

TEST(Key, half_of_another_key_is_no_secret_key) {
  SecretKey::Bytes bytes = SecretKey::make().bytes();
  EXPECT_TRUE(SecretKey::from_bytes({}, bytes));
  bytes[40] ^= std::byte{1};
  EXPECT_FALSE(SecretKey::from_bytes({}, bytes));
}

TEST(Statement, a_signature_holds_for_its_key_purpose_and_content_only) {
  const SecretKey key = SecretKey::make();
  const std::string content = result_statement("0a1b", 2, std::string(64, 'c'));
  EXPECT_EQ(content, "0a1b 2 " + std::string(64, 'c'));
  const std::string signature = sign_statement(key, Purpose::result, content);
  EXPECT_EQ(signature.size(), 96U);
  EXPECT_TRUE(is_statement_by(key.public_key(), Purpose::result, content, signature));
  EXPECT_FALSE(is_statement_by(key.public_key(), Purpose::order, content, signature));
  EXPECT_FALSE(is_statement_by(key.public_key(), Purpose::result, content + " ", signature));
  EXPECT_FALSE(is_statement_by(SecretKey::make().public_key(), Purpose::result, content, signature));
  for (const std::string_view text : {"", "AAAA", "no base64", "=="})
    EXPECT_FALSE(is_statement_by(key.public_key(), Purpose::result, content, text));
  auto other_id = from_base64(signature).value();
  other_id[0] ^= std::byte{1};
  EXPECT_FALSE(is_statement_by(key.public_key(), Purpose::result, content, to_base64(other_id)));
}

}  // namespace
}  // namespace utnt::fleet
