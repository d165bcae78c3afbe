// SPDX-License-Identifier: BSD-2-Clause
// A Result that nobody looks at is a lost error.
// expect: nodiscard|ignoring
#include "base/result.hpp"

utnt::Result<int> parse();
inline bool control() { return parse().has_value(); }
#ifdef MUST_NOT_COMPILE
inline void wrong() { parse(); }
#endif
