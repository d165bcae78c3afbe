// SPDX-License-Identifier: BSD-2-Clause
// Identifiers of different things are different types.
// expect: cannot convert|could not convert|no matching function|no viable conversion
#include "core/types.hpp"

void end(utnt::core::TraceId);
inline void control() { end(utnt::core::TraceId{1}); }
#ifdef MUST_NOT_COMPILE
inline void wrong() { end(utnt::core::PathId{1}); }
#endif
