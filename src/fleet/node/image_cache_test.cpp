// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/image_cache.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <thread>

#include "fleet/node/node_test_support.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet {
namespace {

using Progress = ImageCache::Progress;

std::optional<std::string> signed_well(const std::string&, const std::string& signature) {
  if (signature == "good") return std::nullopt;
  return "not signed by our controller";
}

struct Image {
  explicit Image(char fill, std::size_t bytes = 5'000) : content(bytes, fill), digest{sha256_hex(content)} {}
  [[nodiscard]] ConstBytes piece(std::size_t from, std::size_t count) const {
    return std::as_bytes(std::span{content}).subspan(from, std::min(count, content.size() - from));
  }
  std::string content;
  std::string digest;
};

Progress add_all(ImageCache& cache, const Image& image, const std::string& signature = "good") {
  return cache.add(image.digest, 0, image.content.size(), image.piece(0, image.content.size()), signature);
}

TEST(ImageCache, takes_an_image_in_pieces_and_goes_on_where_the_link_was_cut) {
  const TemporaryDirectory directory;
  const Image image{'x'};
  {
    ImageCache cache{directory.path() + "/images", {}, signed_well};
    EXPECT_EQ(cache.add(image.digest, 0, 5'000, image.piece(0, 2'000), "good"), Progress::more);
    EXPECT_EQ(cache.find(image.digest), std::nullopt);
  }
  ImageCache cache{directory.path() + "/images", {}, signed_well};
  EXPECT_EQ(cache.received(image.digest), 2'000U);
  EXPECT_EQ(cache.add(image.digest, 0, 5'000, image.piece(0, 2'000), "good"), Progress::more) << "repeated: no effect";
  EXPECT_EQ(cache.add(image.digest, 4'000, 5'000, image.piece(4'000, 1'000), "good"), Progress::more) << "too early";
  EXPECT_EQ(cache.received(image.digest), 2'000U);
  EXPECT_EQ(cache.add(image.digest, 2'000, 5'000, image.piece(2'000, 3'000), "good"), Progress::complete);
  ASSERT_TRUE(cache.find(image.digest).has_value());
  EXPECT_EQ(sha256_hex_of_file(*cache.find(image.digest)), image.digest);
}

TEST(ImageCache, rejects_what_is_not_what_it_was_called_and_what_is_not_signed) {
  const TemporaryDirectory directory;
  ImageCache cache{directory.path() + "/images", {}, signed_well};
  const Image image{'x'}, other{'y'};
  EXPECT_EQ(cache.add(image.digest, 0, 5'000, other.piece(0, 5'000), "good"), Progress::rejected);
  EXPECT_NE(cache.complaint().find("another file"), std::string::npos);
  EXPECT_EQ(add_all(cache, image, "bad"), Progress::rejected);
  EXPECT_NE(cache.complaint().find("not signed"), std::string::npos);
  EXPECT_EQ(cache.add(image.digest, 0, 0, {}, "good"), Progress::rejected) << "the controller has none";
  EXPECT_EQ(cache.add(image.digest, 0, 10, image.piece(0, 5'000), "good"), Progress::rejected) << "longer than said";
  EXPECT_EQ(cache.find(image.digest), std::nullopt);
  EXPECT_EQ(cache.received(image.digest), 0U) << "nothing is left to go on with";
  EXPECT_EQ(add_all(cache, image), Progress::complete) << "it can be fetched again";
}

TEST(ImageCache, finds_a_flipped_bit_before_every_start) {
  const TemporaryDirectory directory;
  ImageCache cache{directory.path() + "/images", {}, signed_well};
  const Image image{'x'};
  ASSERT_EQ(add_all(cache, image), Progress::complete);
  const auto path = *cache.find(image.digest);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  {
    std::fstream file{path, std::ios::in | std::ios::out};
    file.seekp(100);
    file.put('y');
  }
  EXPECT_EQ(cache.find(image.digest), std::nullopt);
  EXPECT_NE(cache.complaint().find("damaged"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ImageCache, makes_room_by_removing_what_was_used_least_lately) {
  const TemporaryDirectory directory;
  ImageCache cache{directory.path() + "/images", {.bytes_max = 12'000}, signed_well};
  const Image first{'a'}, second{'b'}, third{'c'};
  ASSERT_EQ(add_all(cache, first), Progress::complete);
  ASSERT_EQ(add_all(cache, second), Progress::complete);
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{1};
  std::filesystem::last_write_time(*cache.find(second.digest), old);
  ASSERT_EQ(add_all(cache, third), Progress::complete);
  EXPECT_TRUE(cache.find(first.digest).has_value());
  EXPECT_FALSE(cache.find(second.digest).has_value());
  EXPECT_TRUE(cache.find(third.digest).has_value());
}

TEST(ImageCache, takes_no_name_that_is_no_digest) {
  const TemporaryDirectory directory;
  ImageCache cache{directory.path() + "/images", {}, signed_well};
  EXPECT_EQ(cache.add("../../etc/passwd", 0, 1, {}, "good"), Progress::rejected);
  EXPECT_EQ(cache.find("../../etc/passwd"), std::nullopt);
  EXPECT_EQ(cache.received("../x"), 0U);
}

}  // namespace
}  // namespace utnt::fleet
