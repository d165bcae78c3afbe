// SPDX-License-Identifier: BSD-2-Clause
// The control groups of containers whose whole PID namespace was killed at once: podman was killed too, and nobody else
// knows of them.
#pragma once

#include <string>

namespace utnt::tender {

/// Removes the groups of all containers that the storage in `directory` knows; none of them may run. `groups`: where
/// the control groups are mounted.
void remove_left_groups(const std::string& directory, const std::string& groups = "/sys/fs/cgroup");

}  // namespace utnt::tender
