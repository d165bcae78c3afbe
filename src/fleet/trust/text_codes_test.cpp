// SPDX-License-Identifier: BSD-2-Clause
// The examples of RFC 4648 section 10, and the spellings that must not pass.
#include "fleet/trust/text_codes.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace utnt::fleet {
namespace {

ConstBytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(TextCodes, the_base64_examples_of_the_rfc_come_out_and_in) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : examples) {
    EXPECT_EQ(to_base64(bytes_of(plain)), coded);
    const auto back = from_base64(coded);
    ASSERT_TRUE(back) << coded;
    EXPECT_EQ(text_of(*back), plain);
  }
}

TEST(TextCodes, base64_that_is_not_canonical_is_refused) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9v\n", " Zm9v", "Zm9-", "=", "Zm9vZg==Zg=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(TextCodes, the_hexadecimal_examples_of_the_rfc_come_out_and_in) {
  EXPECT_EQ(to_hex(bytes_of("foobar")), "666f6f626172");
  const auto back = from_hex("666f6f626172");
  ASSERT_TRUE(back);
  EXPECT_EQ(text_of(*back), "foobar");
  EXPECT_TRUE(from_hex("")->empty());
}

TEST(TextCodes, other_hexadecimal_is_refused) {
  for (const std::string_view text : {"6", "6g", "6F", "0x66", "66 "}) EXPECT_FALSE(from_hex(text)) << text;
}

}  // namespace
}  // namespace utnt::fleet
