// SPDX-License-Identifier: BSD-2-Clause
// Address and gateway of net0 from a DHCP server, before the first probe.
#pragma once

#include "apps/utnt_image/ip_link.hpp"
#include "unikernel/net/dhcp.hpp"

namespace utnt::image {

/// Asks for some eight seconds; false when nobody answers. Afterwards `client` knows the lease, and when to renew it.
bool acquire_lease(unikernel::DhcpClient& client, LinkBuffers& buffers);

}  // namespace utnt::image
