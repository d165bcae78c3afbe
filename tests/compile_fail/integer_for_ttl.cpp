// SPDX-License-Identifier: BSD-2-Clause
// A bare integer does not become a TTL unasked.
// expect: cannot convert|could not convert|conversion from|no viable conversion|no matching function
#include "base/units.hpp"

inline constexpr utnt::Ttl control{64};
#ifdef MUST_NOT_COMPILE
inline constexpr utnt::Ttl wrong = 64;
#endif
