// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/ending.hpp"

#include <gtest/gtest.h>

#include "fleet/model/outcome.hpp"

namespace utnt::fleet {
namespace {

TEST(Ending, IsAWordOrAWordAndADetail) {
  EXPECT_EQ(ending_text(complete()), "complete");
  EXPECT_EQ(ending_text(failed(reason::crashed, "exit 125")), "crashed\texit 125");
  EXPECT_EQ(ending_text(failed(reason::stopped)), "stopped");
}

TEST(Ending, ComesBackFromItsText) {
  for (const auto& ending : {complete(), failed(reason::no_space, "4 kB left of 1 MB"), failed(reason::busy)})
    EXPECT_EQ(parse_ending(ending_text(ending)), ending);
}

TEST(Ending, OfAnyTextIsOneLineWithinBounds) {
  const auto ending = parse_ending(std::string(500, 'r') + "\tline\nline\x1b[2J" + std::string(5'000, 'd'));
  EXPECT_EQ(ending.reason.size(), ending_reason_max);
  EXPECT_EQ(ending.detail.size(), ending_detail_max);
  EXPECT_EQ(ending.detail.substr(0, 15), "line line [2Jdd");
  EXPECT_FALSE(ending.is_complete);
}

TEST(Ending, WithoutAReasonIsABadResult) {
  EXPECT_EQ(parse_ending("").reason, "bad result");
  EXPECT_EQ(parse_ending("\tonly details").reason, "bad result");
  EXPECT_EQ(parse_ending("complete\t").reason, "bad result");
}

}  // namespace
}  // namespace utnt::fleet
