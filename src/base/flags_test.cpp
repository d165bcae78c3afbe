// SPDX-License-Identifier: BSD-2-Clause
#include "base/flags.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace utnt {
namespace {

enum class Light : std::uint8_t { red = 0x01, green = 0x02, blue = 0x80 };
using Lights = Flags<Light>;

TEST(Flags, AreEmptyByDefault) {
  const Lights lights;
  EXPECT_TRUE(lights.empty());
  EXPECT_EQ(lights.bits(), 0);
  EXPECT_FALSE(lights.has(Light::red));
}

TEST(Flags, HoldWhatWasSetAndLoseWhatWasCleared) {
  Lights lights{Light::blue};
  lights.set(Light::red);
  EXPECT_EQ(lights.bits(), 0x81);
  EXPECT_TRUE(lights.has(Light::red));
  EXPECT_FALSE(lights.has(Light::green));
  lights.clear(Light::blue);
  EXPECT_EQ(lights, Lights{Light::red});
  lights.clear(Light::blue);
  EXPECT_EQ(lights, Lights{Light::red});
}

TEST(Flags, CombineAsSets) {
  const auto warm = Lights{Light::red} | Light::green;
  const auto cold = Lights{Light::blue} | Light::green;
  EXPECT_EQ((warm & cold), Lights{Light::green});
  EXPECT_EQ((warm | cold).bits(), 0x83);
  EXPECT_TRUE(warm.has_any(cold));
  EXPECT_FALSE(Lights{Light::red}.has_any(cold));
  EXPECT_FALSE(warm.has_any(Lights{}));
}

TEST(Flags, KeepBitsWithoutAName) { EXPECT_EQ(Lights::from_bits(0x44).bits(), 0x44); }

TEST(Flags, WorkAtCompileTime) {
  constexpr auto both = Lights{Light::red} | Light::blue;
  static_assert(both.has(Light::blue));
  static_assert(!both.has(Light::green));
}

}  // namespace
}  // namespace utnt
