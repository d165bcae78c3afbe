// SPDX-License-Identifier: BSD-2-Clause
// What a controller sends to `utnt-node rotate`: how it calls the node, and the key of it that it believes now.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {

struct RotateRequest {
  std::string node;
  PublicKey key{};
};

/// One line of JSON: {"node":"paris-1","key":"RWQ..."}.
std::string write_rotate_request(const RotateRequest& request);
/// Throws std::invalid_argument: what was expected.
RotateRequest parse_rotate_request(std::string_view text);
inline constexpr std::size_t rotate_request_max = 4096;

}  // namespace utnt::fleet
