// SPDX-License-Identifier: BSD-2-Clause
// Values of different kinds do not compare.
// expect: no match for .operator==.|invalid operands to binary expression
#include "base/units.hpp"

inline constexpr bool control = utnt::Ttl{1} == utnt::Ttl{1};
#ifdef MUST_NOT_COMPILE
inline constexpr bool wrong = utnt::Ttl{1} == utnt::Port{1};
#endif
