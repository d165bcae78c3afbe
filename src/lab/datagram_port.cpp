// SPDX-License-Identifier: BSD-2-Clause
// recvmmsg and sendmmsg in batches: a datagram costs a copy and a part of a system call. The kernel lets only
// net.unix.max_dgram_qlen (often 10) datagrams wait at a Unix receiver, so frames that find no room wait here.
#include "lab/datagram_port.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace utnt::lab {
namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t queue_frames_max = 4096;
constexpr std::size_t frame_bytes_max = 2112;
constexpr int socket_buffer_bytes = 4 << 20;  // what may wait at either end, as far as the system allows

class DatagramPort final : public FramePort {
 public:
  DatagramPort(os_linux::UniqueFd socket, Peer peer) : socket_{std::move(socket)}, learns_{peer == Peer::last_sender} {
    for (const int name : {SO_SNDBUF, SO_RCVBUF}) {
      ::setsockopt(socket_.get(), SOL_SOCKET, name, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    }
    for (std::size_t i = 0; i < batch; ++i) incoming_.messages[i].msg_hdr.msg_name = &senders_[i];
  }

  [[nodiscard]] int fd() const override { return socket_.get(); }

  std::optional<ConstBytes> read() override {
    if (next_ == received_ && !receive()) return std::nullopt;
    const auto i = next_++;
    if (learns_ && incoming_.messages[i].msg_hdr.msg_namelen > sizeof(sa_family_t)) {
      peer_ = senders_[i];
      peer_bytes_ = incoming_.messages[i].msg_hdr.msg_namelen;
    }
    return ConstBytes{incoming_.bytes[i]}.first(incoming_.messages[i].msg_len);
  }

  void write(ConstBytes frame) override {
    if (queued_ == queue_frames_max && (flush(), queued_ == queue_frames_max)) {
      ++dropped_;
      return;
    }
    const auto slot = (first_ + queued_++) % queue_frames_max;
    copy_bytes(outgoing_.bytes[slot], frame);
    outgoing_.vectors[slot].iov_len = frame.size();
    if (learns_) {
      outgoing_.messages[slot].msg_hdr.msg_name = &peer_;
      outgoing_.messages[slot].msg_hdr.msg_namelen = peer_bytes_;
    }
  }

  bool flush() override {
    while (queued_ > 0) {
      const auto run = static_cast<unsigned>(std::min(queued_, queue_frames_max - first_));
      const bool has_peer = !learns_ || peer_bytes_ != 0;
      const int sent = has_peer ? ::sendmmsg(socket_.get(), &outgoing_.messages[first_], run, MSG_DONTWAIT) : -1;
      if (sent > 0) {
        forget(static_cast<std::size_t>(sent));
        continue;
      }
      if (has_peer && errno == EINTR) continue;
      if (has_peer && (errno == EAGAIN || errno == ENOBUFS)) return false;
      // Nobody to send to, or a peer that has gone: lost, as on a wire without a station.
      ++dropped_;
      forget(1);
    }
    return true;
  }

 private:
  struct Messages {
    explicit Messages(std::size_t count) : bytes(count), vectors(count), messages(count) {
      for (std::size_t i = 0; i < count; ++i) {
        vectors[i] = {bytes[i].data(), frame_bytes_max};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
      }
    }
    std::vector<std::array<std::byte, frame_bytes_max>> bytes;
    std::vector<iovec> vectors;
    std::vector<mmsghdr> messages;
  };

  void forget(std::size_t frames) {
    first_ = (first_ + frames) % queue_frames_max;
    queued_ -= frames;
  }

  bool receive() {
    next_ = received_ = 0;
    for (auto& message : incoming_.messages) message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    const int got = ::recvmmsg(socket_.get(), incoming_.messages.data(), batch, MSG_DONTWAIT, nullptr);
    if (got > 0) received_ = static_cast<std::size_t>(got);
    return got > 0;
  }

  os_linux::UniqueFd socket_;
  bool learns_;
  Messages incoming_{batch};
  Messages outgoing_{queue_frames_max};
  std::array<sockaddr_storage, batch> senders_{};
  std::size_t received_{0};
  std::size_t next_{0};
  std::size_t first_{0};
  std::size_t queued_{0};
  sockaddr_storage peer_{};
  socklen_t peer_bytes_{0};
};

}  // namespace

std::unique_ptr<FramePort> make_datagram_port(os_linux::UniqueFd socket, Peer peer) {
  return std::make_unique<DatagramPort>(std::move(socket), peer);
}

}  // namespace utnt::lab
