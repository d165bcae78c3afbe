// SPDX-License-Identifier: BSD-2-Clause
// CRC-32C (Castagnoli), as in iSCSI: reflected polynomial 0x82f63b78, initial and final value all ones.
// Source: RFC 3720, section 12.1 and appendix B.4 (test vectors).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace utnt {

/// The checksum of `bytes`, or of what `before` covers followed by `bytes`.
std::uint32_t crc32c(ConstBytes bytes, std::uint32_t before = 0);

}  // namespace utnt
