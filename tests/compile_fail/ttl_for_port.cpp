// SPDX-License-Identifier: BSD-2-Clause
// A TTL is never passed where a port is wanted.
// expect: cannot convert|could not convert|no matching function|no viable conversion
#include "base/units.hpp"

void send_to(utnt::Port);
inline void control() { send_to(utnt::Port{33434}); }
#ifdef MUST_NOT_COMPILE
inline void wrong() { send_to(utnt::Ttl{1}); }
#endif
