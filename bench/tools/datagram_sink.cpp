// SPDX-License-Identifier: BSD-2-Clause
// See datagram_sink.hpp.
#include "tools/datagram_sink.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os_linux/failure.hpp"

namespace utnt::bench {

DatagramSink::DatagramSink(const std::string& path)
    : path_{path}, socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw os_linux::system_failure("cannot bind " + path, errno);
  for (std::size_t i = 0; i < batch; ++i) {
    vectors_[i] = {frames_[i].data(), frames_[i].size()};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

DatagramSink::~DatagramSink() { ::unlink(path_.c_str()); }

bool DatagramSink::drain() {
  const int got = ::recvmmsg(socket_.get(), messages_.data(), batch, MSG_DONTWAIT, nullptr);
  if (got <= 0) return false;
  received_ += static_cast<std::uint64_t>(got);
  return true;
}

}  // namespace utnt::bench
