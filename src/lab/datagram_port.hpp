// SPDX-License-Identifier: BSD-2-Clause
// A frame port over any socket that carries one frame per datagram, in batches of one system call: a Unix datagram
// socket, or a packet socket bound to an interface.
#pragma once

#include <memory>

#include "lab/frame_port.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {

enum class Peer {
  senders,  ///< frames go to everybody who has sent, as on a wire; up to 64, the latest
  fixed,    ///< the socket itself knows where frames go
};

/// `socket` is bound and non-blocking.
std::unique_ptr<FramePort> make_datagram_port(os_linux::UniqueFd socket, Peer peer);

}  // namespace utnt::lab
