// SPDX-License-Identifier: BSD-2-Clause
// Properties that never hold, run by CTest to see what a failure prints. Not part of any suite that must pass.
#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "support/property.hpp"

PROPERTY("always fails", prng) { EXPECT_EQ(prng.below(2), 2U); }
PROPERTY("always asserts", prng) { UTNT_ASSERT(prng.below(2) == 2U); }
