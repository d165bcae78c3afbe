// SPDX-License-Identifier: BSD-2-Clause
// TAPs: Ethernet interfaces whose other end is a program. Source: the kernel's documentation of tuntap.
#pragma once

#include <cstdint>
#include <string>

#include "os_linux/unique_fd.hpp"

namespace utnt::tender {

enum class TapLife : std::uint8_t {
  descriptor,  ///< goes with the last descriptor, whatever ends the programs that hold it
  persistent,  ///< stays until it is removed: for programs that attach to it by its name
};

/// A name that Linux takes: 1 to 15 bytes, no blank, no '/', not "." or "..", no '%'. Throws Failure (bad_input).
void check_interface_name(const std::string& name);

/// Attaches to the existing TAP; one frame per read and write, non-blocking, close-on-exec. The caller has asked for
/// the seal. Throws Failure: missing, no TAP, in use, not permitted.
os_linux::UniqueFd attach_tap(const std::string& name);

/// Makes a TAP that does not exist, down. With TapLife::persistent nobody is attached then, and the descriptor is
/// closed. The caller has asked for the seal. Throws Failure: exists, not permitted, no /dev/net/tun.
os_linux::UniqueFd make_tap(const std::string& name, TapLife life);

}  // namespace utnt::tender
