// SPDX-License-Identifier: BSD-2-Clause
// A span of time is not a point in time.
// expect: cannot convert|could not convert|no matching function|no viable conversion
#include "base/time.hpp"

void at(utnt::Instant);
inline void control() { at(utnt::Instant{5}); }
#ifdef MUST_NOT_COMPILE
inline void wrong() { at(utnt::Duration{5}); }
#endif
