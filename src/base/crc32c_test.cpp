// SPDX-License-Identifier: BSD-2-Clause
#include "base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace utnt {
namespace {

ConstBytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

TEST(Crc32c, HasTheValuesOfRfc3720) {
  const std::vector<std::byte> zeros(32, std::byte{0}), ones(32, std::byte{0xff});
  EXPECT_EQ(crc32c(zeros), 0x8a9136aaU);
  EXPECT_EQ(crc32c(ones), 0x62a8ab43U);
  std::vector<std::byte> rising(32), falling(32);
  for (unsigned i = 0; i < 32; ++i) {
    rising[i] = static_cast<std::byte>(i);
    falling[31 - i] = static_cast<std::byte>(i);
  }
  EXPECT_EQ(crc32c(rising), 0x46dd794eU);
  EXPECT_EQ(crc32c(falling), 0x113fdb5cU);
}

TEST(Crc32c, GoesOnWhereItStopped) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(bytes_of("6789"), crc32c(bytes_of("12345"))), 0xe3069283U);
}

}  // namespace
}  // namespace utnt
