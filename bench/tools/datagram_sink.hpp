// SPDX-License-Identifier: BSD-2-Clause
// A Unix datagram socket that counts what comes and drops it: the bare other end of a path whose datagrams are frames.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "os_linux/unique_fd.hpp"

namespace utnt::bench {

class DatagramSink {
 public:
  /// Binds a new socket file; removed at the end.
  explicit DatagramSink(const std::string& path);
  DatagramSink(const DatagramSink&) = delete;
  DatagramSink& operator=(const DatagramSink&) = delete;
  ~DatagramSink();

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  /// One batch; false when nothing was waiting.
  bool drain();

 private:
  static constexpr std::size_t batch = 64;

  std::string path_;
  os_linux::UniqueFd socket_;
  std::array<std::array<std::byte, 2048>, batch> frames_{};
  std::array<iovec, batch> vectors_{};
  std::array<mmsghdr, batch> messages_{};
  std::uint64_t received_{0};
};

}  // namespace utnt::bench
