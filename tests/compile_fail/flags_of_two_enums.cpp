// SPDX-License-Identifier: BSD-2-Clause
// Bits of different sets do not mix.
// expect: no match for .operator\|.|invalid operands to binary expression
#include "core/marks.hpp"

inline const auto control = utnt::core::Marks{utnt::core::Mark::ingress} | utnt::core::Mark::lsr;
#ifdef MUST_NOT_COMPILE
inline const auto wrong =
    utnt::core::Marks{utnt::core::Mark::ingress} | utnt::core::Discoveries{utnt::core::Discovery::dpr};
#endif
