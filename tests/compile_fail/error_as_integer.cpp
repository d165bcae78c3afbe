// SPDX-License-Identifier: BSD-2-Clause
// An error is not a number; comparing it with one hides which error is meant.
// expect: cannot convert|no viable conversion|cannot initialize|invalid conversion
#include "base/error.hpp"

inline constexpr bool control = utnt::Error::truncated == utnt::Error::truncated;
#ifdef MUST_NOT_COMPILE
inline constexpr int wrong = utnt::Error::truncated;
#endif
