// SPDX-License-Identifier: BSD-2-Clause
// A Result is not its value; somebody has to decide what happens on an error.
// expect: cannot convert|could not convert|no viable conversion
#include "base/result.hpp"

utnt::Result<int> parse();
inline int control() { return parse().value_or(0); }
#ifdef MUST_NOT_COMPILE
inline int wrong() { return parse(); }
#endif
