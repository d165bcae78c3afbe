// SPDX-License-Identifier: BSD-2-Clause
// The vantage point as an interface of a sealed namespace: a TAP, whose other end is this process.
// Source: the kernel's documentation of tuntap.
#pragma once

#include <memory>
#include <string>

#include "lab/frame_port.hpp"
#include "wire/address.hpp"

namespace utnt::lab {

inline constexpr const char* lab_interface = "utnt0";

/// Creates `lab_interface` in the current namespace. Throws SealRefusal outside a sealed one (in sealed-only builds),
/// Failure (not_permitted) where /dev/net/tun may not be opened.
std::unique_ptr<FramePort> open_tap_port();

/// Gives `lab_interface` the vantage point's address, a default route through the emulated gateway, and brings it up.
void configure_lab_interface(const wire::IpAddress& vantage_point);

}  // namespace utnt::lab
