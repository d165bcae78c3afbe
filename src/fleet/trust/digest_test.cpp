// SPDX-License-Identifier: BSD-2-Clause
// The digests against the examples of FIPS 180-4 (NIST's "abc", the 448-bit message, a million times "a").
#include "fleet/trust/digest.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, the_examples_of_the_standard_come_out) {
  EXPECT_EQ(sha256_hex(std::string_view{"abc"}), of_abc);
  EXPECT_EQ(sha256_hex(std::string_view{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"}),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string_view{}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, pieces_give_the_digest_of_the_whole_and_it_begins_anew) {
  Sha256 hash;
  const std::string piece(1000, 'a');
  for (int i = 0; i < 1000; ++i) hash.add(piece);
  EXPECT_EQ(hash.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  hash.add(std::string_view{"a"});
  hash.add(std::string_view{"bc"});
  EXPECT_EQ(hash.hex(), of_abc);
}

TEST(Digest, a_file_has_the_digest_of_its_content) {
  const std::string path = testing::TempDir() + "/digest_of_a_file";
  std::ofstream{path} << std::string(1'000'000, 'a');
  EXPECT_EQ(sha256_hex_of_file(path), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::remove(path.c_str());
}

TEST(Digest, a_file_that_cannot_be_read_is_named) {
  const std::string path = testing::TempDir() + "/no_such_file";
  try {
    sha256_hex_of_file(path);
    FAIL() << "nothing was thrown";
  } catch (const TrustError& error) {
    EXPECT_NE(std::string{error.what()}.find(path), std::string::npos);
  }
  EXPECT_THROW(sha256_hex_of_file(testing::TempDir()), TrustError);
}

TEST(Digest, only_64_lower_case_hexadecimal_digits_are_a_digest) {
  EXPECT_TRUE(is_digest(of_abc));
  EXPECT_FALSE(is_digest(of_abc.substr(1)));
  EXPECT_FALSE(is_digest(std::string{of_abc} + "0"));
  std::string upper{of_abc};
  upper[0] = 'B';
  EXPECT_FALSE(is_digest(upper));
  EXPECT_FALSE(is_digest("../../../../../../../../../../../../../../../../../../../etc/pass"));
  EXPECT_FALSE(is_digest(""));
}

}  // namespace
}  // namespace utnt::fleet
