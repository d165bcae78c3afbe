// SPDX-License-Identifier: BSD-2-Clause
// Opens what an image's interface is made of, before the image runs: the only place where a tender opens anything
// through which a packet could leave.
#pragma once

#include <string>

#include "os_linux/unique_fd.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// The two rings of a packet socket, each of this size.
inline constexpr unsigned ring_block_bytes = 65'536, ring_blocks = 2, ring_frame_bytes = 2048;

/// Files of Unix sockets in the runtime directory that programs of ours left when they were killed.
void remove_stale_sockets();

/// One frame per read and write, or a packet socket with rings; non-blocking, close-on-exec.
class OpenNic {
 public:
  /// Throws os_linux::Failure: interface missing or busy, nobody at the socket; SealRefusal for a TAP where packets may
  /// not be sent.
  explicit OpenNic(const NicRequest& request);
  OpenNic(const OpenNic&) = delete;
  OpenNic& operator=(const OpenNic&) = delete;
  ~OpenNic();  ///< removes our socket's file

  [[nodiscard]] int fd() const { return fd_; }
  /// The image has its copy.
  void close() { owned_.reset(); }

 private:
  os_linux::UniqueFd owned_;
  int fd_{-1};
  std::string local_path_;
};

}  // namespace utnt::tender
