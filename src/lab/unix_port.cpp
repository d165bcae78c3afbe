// SPDX-License-Identifier: BSD-2-Clause
// recvmmsg and sendmmsg in batches: a datagram costs a copy and a part of a system call. The kernel lets only
// net.unix.max_dgram_qlen (often 10) datagrams wait at a receiver, so frames that find no room wait here.
#include "lab/unix_port.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

constexpr std::size_t batch = 64;
constexpr std::size_t queue_frames_max = 4096;
constexpr std::size_t frame_bytes_max = 2112;
constexpr int socket_buffer_bytes = 4 << 20;  // what may wait at the peer

class UnixPort final : public FramePort {
 public:
  explicit UnixPort(const std::string& path)
      : path_{path}, socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (!socket_.is_open()) throw system_failure("cannot open a Unix socket", errno);
    sockaddr_un local{};
    if (path.empty() || path.size() >= sizeof local.sun_path) {
      throw Failure{ExitCode::bad_input, "the path of a Unix socket has 1 to " +
                                             std::to_string(sizeof local.sun_path - 1) + " bytes: " + path};
    }
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.data(), path.size());
    remove_stale(local);
    const mode_t mask = ::umask(0177);
    const int bound = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local);
    const int error = errno;
    ::umask(mask);
    if (bound != 0) throw system_failure("cannot bind " + path, error);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    for (std::size_t i = 0; i < batch; ++i) incoming_.messages[i].msg_hdr.msg_name = &senders_[i];
  }
  ~UnixPort() override { ::unlink(path_.c_str()); }

  [[nodiscard]] int fd() const override { return socket_.get(); }

  std::optional<ConstBytes> read() override {
    if (next_ == received_ && !receive()) return std::nullopt;
    const auto i = next_++;
    if (incoming_.messages[i].msg_hdr.msg_namelen > sizeof(sa_family_t)) {
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
    outgoing_.messages[slot].msg_hdr.msg_name = &peer_;
    outgoing_.messages[slot].msg_hdr.msg_namelen = peer_bytes_;
  }

  bool flush() override {
    while (queued_ > 0) {
      const auto run = static_cast<unsigned>(std::min(queued_, queue_frames_max - first_));
      const int sent =
          peer_bytes_ == 0 ? -1 : ::sendmmsg(socket_.get(), &outgoing_.messages[first_], run, MSG_DONTWAIT);
      if (sent > 0) {
        forget(static_cast<std::size_t>(sent));
        continue;
      }
      if (peer_bytes_ != 0 && errno == EINTR) continue;
      if (peer_bytes_ != 0 && (errno == EAGAIN || errno == ENOBUFS)) return false;
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

  void remove_stale(const sockaddr_un& local) const {
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) return;
    if (!S_ISSOCK(status.st_mode)) throw Failure{ExitCode::bad_input, path_ + " exists and is not a socket"};
    const os_linux::UniqueFd probe{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) {
      throw Failure{ExitCode::environment, path_ + " is in use by another program"};
    }
    ::unlink(path_.c_str());
  }

  bool receive() {
    next_ = received_ = 0;
    for (auto& message : incoming_.messages) message.msg_hdr.msg_namelen = sizeof(sockaddr_un);
    const int got = ::recvmmsg(socket_.get(), incoming_.messages.data(), batch, MSG_DONTWAIT, nullptr);
    if (got > 0) received_ = static_cast<std::size_t>(got);
    return got > 0;
  }

  std::string path_;
  os_linux::UniqueFd socket_;
  Messages incoming_{batch};
  Messages outgoing_{queue_frames_max};
  std::array<sockaddr_un, batch> senders_{};
  std::size_t received_{0};
  std::size_t next_{0};
  std::size_t first_{0};
  std::size_t queued_{0};
  sockaddr_un peer_{};
  socklen_t peer_bytes_{0};
};

}  // namespace

std::unique_ptr<FramePort> open_unix_port(const std::string& path) { return std::make_unique<UnixPort>(path); }

}  // namespace utnt::lab
