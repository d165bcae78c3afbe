// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/rotate_request.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace utnt::fleet {
namespace {

TEST(RotateRequest, is_read_as_it_was_written) {
  const auto key = SecretKey::make().public_key();
  const auto read = parse_rotate_request(write_rotate_request({.node = "paris-1", .key = key}));
  EXPECT_EQ(read.node, "paris-1");
  EXPECT_EQ(read.key, key);
}

TEST(RotateRequest, names_the_field_that_is_wrong) {
  const auto key = key_text(SecretKey::make().public_key());
  const auto complaint = [](const std::string& text) -> std::string {
    try {
      parse_rotate_request(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  for (const auto* const text : {"", "[]", "no JSON", "{}", R"({"node":7})"})
    EXPECT_TRUE(complaint(text).starts_with("node: ")) << text;
  EXPECT_TRUE(complaint(R"({"node":"two words","key":")" + key + "\"}").starts_with("node: "));
  EXPECT_TRUE(complaint(R"({"node":"a"})").starts_with("key: "));
  EXPECT_TRUE(complaint(R"({"node":"a","key":"RWQ"})").starts_with("key: "));
  EXPECT_EQ(complaint(R"({"node":"a","key":")" + key + "\"}"), "");
}

}  // namespace
}  // namespace utnt::fleet
