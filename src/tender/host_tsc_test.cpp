// SPDX-License-Identifier: BSD-2-Clause
#include "tender/host_tsc.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace utnt::tender {
namespace {

TEST(HostTsc, is_measured_alike_over_a_short_and_a_long_time) {
  if (!is_tsc_trusted()) GTEST_SKIP() << "Linux does not go by the time-stamp counter here";
  const HostTsc tsc;
  const auto soon = static_cast<double>(tsc.measure_hz());
  ::usleep(100'000);
  const auto later = static_cast<double>(tsc.measure_hz());
  ASSERT_GT(later, 5e8);
  constexpr double loaded_machine = 2e-3;  // a few hundred times what is usual
  EXPECT_NEAR(soon / later, 1.0, loaded_machine);
}

}  // namespace
}  // namespace utnt::tender
