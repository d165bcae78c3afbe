// SPDX-License-Identifier: BSD-2-Clause
// Results hold plain values only: a type with a destructor would need more than a union.
// expect: static assertion failed|static_assert failed|trivially_copyable
#include "base/result.hpp"

using Control = utnt::Result<int>;
inline Control control() { return 1; }
#ifdef MUST_NOT_COMPILE
struct Owner {
  ~Owner() {}
};
inline utnt::Result<Owner> wrong() { return utnt::Fail{utnt::Error::truncated}; }
#endif
