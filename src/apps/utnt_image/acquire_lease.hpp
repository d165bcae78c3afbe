// SPDX-License-Identifier: BSD-2-Clause
// Address and gateway of net0 from a DHCP server, before the first probe.
#pragma once

#include <optional>

#include "apps/utnt_image/ip_link.hpp"
#include "unikernel/net/dhcp.hpp"

namespace utnt::image {

/// Asks for up to eight seconds; empty when nobody answers.
std::optional<unikernel::DhcpLease> acquire_lease(const unikernel::Nic& nic, std::uint32_t transaction,
                                                  LinkBuffers& buffers);

}  // namespace utnt::image
