// SPDX-License-Identifier: BSD-2-Clause
// Privileges: CAP_NET_RAW is all that probing needs, only while its sockets are opened. Source: capabilities(7).
#pragma once

namespace utnt::os_linux {

/// Whether CAP_NET_RAW is effective now.
[[nodiscard]] bool may_open_raw_sockets() noexcept;

/// Throws Failure (not_permitted) with the commands that would help when CAP_NET_RAW is missing.
void require_raw_sockets();

/// Gives up every capability for good, and the effective user of a set-user-ID program; no program started later
/// regains any (no_new_privs). A root user keeps the user ID, and with it the access to root's own files. Throws
/// Failure.
void drop_privileges();

}  // namespace utnt::os_linux
