// SPDX-License-Identifier: BSD-2-Clause
// The kernel's filter on the receive socket: only packets that may answer one of our probes cost us anything.
// Source: the classic BPF machine, as in the kernel's documentation of socket filters.
#pragma once

#include "wire/address.hpp"

namespace utnt::os_linux {

/// Lets through IPv4 packets to `destination` that begin a datagram and are an ICMP echo reply, destination unreachable
/// or time exceeded, or a TCP reset. `socket` delivers bytes from the IP header on. Throws Failure.
void attach_reply_filter(int socket, wire::Ipv4Address destination);

}  // namespace utnt::os_linux
