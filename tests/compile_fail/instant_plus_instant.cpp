// SPDX-License-Identifier: BSD-2-Clause
// Two points in time have no sum; a point and a span have.
// expect: no match for .operator\+.|invalid operands to binary expression
#include "base/time.hpp"

inline constexpr auto later = utnt::Instant{1} + utnt::Duration{1};
#ifdef MUST_NOT_COMPILE
inline constexpr auto sum = utnt::Instant{1} + utnt::Instant{1};
#endif
