// SPDX-License-Identifier: BSD-2-Clause
// Bytes as text and back: hexadecimal (digests, fingerprints) and base64 with padding (RFC 4648 section 4; minisign).
// Decoding is strict: one spelling for each byte string, or a signed text could be altered without notice.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace utnt::fleet {

/// Lower case.
std::string to_hex(ConstBytes bytes);
/// Nothing: an odd number of digits, or a character that is no lower-case hexadecimal digit.
std::optional<std::vector<std::byte>> from_hex(std::string_view text);

std::string to_base64(ConstBytes bytes);
/// Nothing: a foreign character, missing or wrong padding, bits that are lost.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace utnt::fleet
