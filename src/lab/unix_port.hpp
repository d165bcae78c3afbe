// SPDX-License-Identifier: BSD-2-Clause
// Ethernet frames over a Unix datagram socket, one datagram per frame: what QEMU's `-netdev dgram` speaks
// (local.type=unix, remote.type=unix). Needs no privilege and no namespace. Frames go back to
// everybody who has sent, as on a wire: several guests that share the vantage point's address each find their own.
#pragma once

#include <memory>
#include <string>

#include "lab/frame_port.hpp"

namespace utnt::lab {

/// Binds `path`; a socket file that nobody serves any more is replaced. Throws Failure (environment or bad_input). The
/// file is mode 0600 and removed with the object.
std::unique_ptr<FramePort> open_unix_port(const std::string& path);

}  // namespace utnt::lab
