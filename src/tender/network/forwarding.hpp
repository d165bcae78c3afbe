// SPDX-License-Identifier: BSD-2-Clause
// Whether this host forwards IPv4 packets that arrive on an interface. Per interface, because the machine-wide switch
// would make a router of every other one too. Source: the kernel's documentation of ip-sysctl.
#pragma once

#include <optional>
#include <string>

namespace utnt::tender {

/// Empty when there is no such interface.
std::optional<bool> is_forwarding(const std::string& interface);
/// False when it cannot be set; errno tells why.
bool set_forwarding(const std::string& interface, bool on);
/// Keeps the kernel's own IPv6 (router solicitations and the like) off an interface.
void switch_off_ipv6(const std::string& interface);

}  // namespace utnt::tender
