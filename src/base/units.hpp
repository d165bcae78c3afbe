// SPDX-License-Identifier: BSD-2-Clause
// The small numbers of the trade as distinct types.
#pragma once

#include <cstdint>

#include "base/strong.hpp"

namespace utnt {

using Ttl = Strong<struct TtlTag, std::uint8_t>;               ///< IP TTL, IPv6 hop limit or LSE TTL
using Port = Strong<struct PortTag, std::uint16_t>;            ///< UDP or TCP port
using MplsLabel = Strong<struct MplsLabelTag, std::uint32_t>;  ///< 20-bit label, RFC 3032

}  // namespace utnt
