// SPDX-License-Identifier: BSD-2-Clause
// What this machine is and has, as the agent's first message tells it. Whether an image really runs here is found out
// by running one (`utnt fleet nodes check`).
#pragma once

#include <string>

namespace utnt::fleet {

/// A JSON object: arch, kernel, cores, memory_bytes, memory_free_bytes, disk_free_bytes (of `spool`), boot, user,
/// raw_sockets, net_admin, tap, qemu, podman, runc, cgroup.
std::string capabilities_text(const std::string& spool);

/// Another word after each boot.
std::string boot_identity();

}  // namespace utnt::fleet
