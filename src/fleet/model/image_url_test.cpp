// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/image_url.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace utnt::fleet {
namespace {

TEST(ImageUrl, is_http_or_https_with_a_host_and_without_a_password) {
  for (const auto* const url : {"http://192.0.2.1/utnt.elf", "https://images.example.net:8443/a/{digest}?x=1#y",
                                "http://[2001:db8::1]/", "https://h"})
    EXPECT_EQ(image_url_complaint(url), std::nullopt) << url;
  for (const auto* const url :
       {"", "ftp://h/x", "file:///etc/passwd", "//h/x", "HTTP://h/x", "http:/h", "http://", "http:///x", "http://?x",
        "http://-o/x", "http://:80/", "https://me:secret@h/x", "https://me@h", "http://h/a b", "http://h/\"",
        "http://h/\n", "http://h/\\", "http://h/'x'", "http://h/\xc3\xa9"})
    EXPECT_NE(image_url_complaint(url), std::nullopt) << url;
  EXPECT_EQ(image_url_complaint("http://h/" + std::string(image_url_max - 9, 'a')), std::nullopt);
  EXPECT_NE(image_url_complaint("http://h/" + std::string(image_url_max - 8, 'a')), std::nullopt);
  EXPECT_EQ(image_url_complaint("http://h/mail@home"), std::nullopt) << "only the host's part may have no @";
}

TEST(ImageUrl, gets_the_digest_wherever_it_is_asked_for) {
  EXPECT_EQ(image_url_of("http://h/utnt", "abc"), "http://h/utnt");
  EXPECT_EQ(image_url_of("http://h/{digest}/x?d={digest}", "abc"), "http://h/abc/x?d=abc");
}

TEST(ImageUrl, is_allowed_where_the_beginning_ends_with_a_part_and_nothing_leads_out) {
  EXPECT_TRUE(is_allowed_by("https://h/images/", "https://h/images/abc"));
  EXPECT_TRUE(is_allowed_by("https://h/images", "https://h/images/abc"));
  EXPECT_TRUE(is_allowed_by("https://h/images", "https://h/images?d=abc"));
  EXPECT_TRUE(is_allowed_by("https://h", "https://h/x"));
  EXPECT_TRUE(is_allowed_by("https://h/x", "https://h/x"));
  EXPECT_FALSE(is_allowed_by("https://h", "http://h/x"));
  EXPECT_FALSE(is_allowed_by("https://h", "https://h.example.net/x"));
  EXPECT_FALSE(is_allowed_by("https://h", "https://h:8443/x"));
  EXPECT_FALSE(is_allowed_by("https://h/images", "https://h/images-of-others/x"));
  EXPECT_FALSE(is_allowed_by("https://h/images/", "https://h/images/../secret"));
  EXPECT_FALSE(is_allowed_by("https://h/images/", "https://h/images/%2e%2E/secret"));
  EXPECT_FALSE(is_allowed_by("https://h/images/", "https://h/images/x/..%2Fsecret"));
  EXPECT_FALSE(is_allowed_by("", "https://h/x"));
}

TEST(ImageSource, is_read_as_it_was_written_and_refused_by_field) {
  const ImageSource source{.url = "https://h/x", .signature = "line one\nline two\n"};
  EXPECT_EQ(parse_image_source(image_source_text(source)), source);
  const auto complaint = [](const std::string& text) -> std::string {
    try {
      parse_image_source(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_TRUE(complaint("").starts_with("url: expected a text"));
  EXPECT_TRUE(complaint(R"({"url":7,"signature":""})").starts_with("url: expected a text"));
  EXPECT_TRUE(complaint(R"({"url":"http://h/"})").starts_with("signature: expected a text"));
  EXPECT_TRUE(complaint(R"({"url":"file:///etc/passwd","signature":""})").starts_with("url: expected another"));
}

}  // namespace
}  // namespace utnt::fleet
