// SPDX-License-Identifier: BSD-2-Clause
// An operation that can fail must be checked even when it returns nothing.
// expect: nodiscard|ignoring
#include "base/result.hpp"

utnt::Result<void> configure();
inline bool control() { return configure().has_value(); }
#ifdef MUST_NOT_COMPILE
inline void wrong() { configure(); }
#endif
