// SPDX-License-Identifier: BSD-2-Clause
// The vantage point as one of two interfaces joined back to back: for users who may make namespaces but not open
// /dev/net/tun. The other interface lives in a second sealed namespace, where this process reads it by a packet socket.
#pragma once

#include <memory>

#include "lab/frame_port.hpp"

namespace utnt::lab {

/// Creates `lab_interface` (tap_port.hpp) in the current namespace, which must be sealed; throws Failure.
std::unique_ptr<FramePort> open_pair_port();

}  // namespace utnt::lab
