// SPDX-License-Identifier: BSD-2-Clause
// Making sealed network namespaces and moving between them. As root a network namespace is enough; an ordinary user
// gets one inside a user namespace of its own, where it is root. Source: network_namespaces(7), user_namespaces(7).
#pragma once

#include "os_linux/unique_fd.hpp"

namespace utnt::os_linux {

/// Moves the calling thread into a new network namespace that holds nothing but the loopback interface, which is up and
/// carries the seal's alias. Without CAP_SYS_ADMIN a user namespace is made with it (the process must have one thread
/// then). Throws Failure (not_permitted) when this system allows neither.
void enter_new_sealed_namespace();

/// A descriptor of the calling thread's network namespace.
[[nodiscard]] UniqueFd current_namespace();

/// Moves the calling thread into the network namespace of `descriptor`.
void enter_namespace(int descriptor);

/// Joins the calling thread's namespace and `peer_namespace` by a pair of Ethernet interfaces with the seal's alias,
/// both up.
void join_by_veth(const char* name, const char* peer_name, int peer_namespace);

}  // namespace utnt::os_linux
