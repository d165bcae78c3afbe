// SPDX-License-Identifier: BSD-2-Clause
// The forms that monitors write: QEMU's microvm, Firecracker, and the kernel's documentation.
#include "unikernel/virtio/device_word.hpp"

#include <gtest/gtest.h>

namespace utnt::unikernel::virtio {
namespace {

TEST(DeviceWord, reads_what_qemu_appends) {
  const auto word = parse_device_word("512@0xfeb00e00:12");
  ASSERT_TRUE(word);
  EXPECT_EQ(word->bytes, 512U);
  EXPECT_EQ(word->base, 0xfeb0'0e00U);
  EXPECT_EQ(word->line, 12U);
}

TEST(DeviceWord, reads_what_firecracker_appends) {
  const auto word = parse_device_word("4K@0xc0001000:5");
  ASSERT_TRUE(word);
  EXPECT_EQ(word->bytes, 4096U);
  EXPECT_EQ(word->base, 0xc000'1000U);
  EXPECT_EQ(word->line, 5U);
}

TEST(DeviceWord, ignores_the_number_behind_the_line) { EXPECT_EQ(parse_device_word("1M@4096:7:3")->line, 7U); }

TEST(DeviceWord, refuses_what_is_no_place) {
  for (const auto* const text :
       {"", "512", "@:", "512@0xfeb00e00", "512@:12", "512@0xfeb00e00:", "x@1:1", "K@1:1", "512@0xfeb00e00:256",
        "100@0xfeb00e00:1", "99999999999G@0:1", "0xffffffffffffffffK@0:1"})
    EXPECT_FALSE(parse_device_word(text)) << text;
}

}  // namespace
}  // namespace utnt::unikernel::virtio
