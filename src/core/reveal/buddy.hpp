// SPDX-License-Identifier: BSD-2-Clause
// The other address of a point-to-point link: the interface by which a hidden egress reaches the hop behind it.
// Source: the TNT specification, section 7.3.
#pragma once

#include <optional>

#include "wire/address.hpp"

namespace utnt::core {

/// The /30 base that must be pinged before the buddy of `address` can be told; none where the position decides.
std::optional<wire::Ipv4Address> buddy_base(wire::Ipv4Address address);

/// The buddy of `address`. `base_answered` = an echo reply came from buddy_base(address); ignored where there is none.
wire::Ipv4Address buddy_of(wire::Ipv4Address address, bool base_answered);

/// The candidate that buddy_of did not choose, or none where the position leaves no choice.
std::optional<wire::Ipv4Address> other_buddy(wire::Ipv4Address address, bool base_answered);

}  // namespace utnt::core
