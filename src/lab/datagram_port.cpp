// SPDX-License-Identifier: BSD-2-Clause
// recvmmsg and sendmmsg in batches: a datagram costs a copy and a part of a system call. The kernel lets only
// net.unix.max_dgram_qlen (often 10) datagrams wait at a Unix receiver, so frames that find no room wait here.
#include "lab/datagram_port.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "os_linux/clock.hpp"

namespace utnt::lab {
namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t queue_frames_max = 4096;
constexpr std::size_t frame_bytes_max = 2112;
constexpr int socket_buffer_bytes = 4 << 20;  // what may wait at either end, as far as the system allows

class DatagramPort final : public FramePort {
 public:
  DatagramPort(os_linux::UniqueFd socket, Peer peer) : socket_{std::move(socket)}, learns_{peer == Peer::senders} {
    for (const int name : {SO_SNDBUF, SO_RCVBUF}) {
      ::setsockopt(socket_.get(), SOL_SOCKET, name, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    }
    for (std::size_t i = 0; i < batch; ++i) incoming_.messages[i].msg_hdr.msg_name = &senders_[i];
  }

  [[nodiscard]] int fd() const override { return socket_.get(); }

  std::optional<ConstBytes> read() override {
    if (next_ == received_ && !receive()) return std::nullopt;
    const auto i = next_++;
    const auto length = incoming_.messages[i].msg_hdr.msg_namelen;
    if (learns_ && length > sizeof(sa_family_t)) note_sender(senders_[i], length);
    return ConstBytes{incoming_.bytes[i]}.first(incoming_.messages[i].msg_len);
  }

  void write(ConstBytes frame) override {
    if (!learns_) return queue(frame, nullptr);
    const bool anybody = std::any_of(stations_.begin(), stations_.end(), [](const Station& s) { return s.bytes != 0; });
    if (!anybody) ++dropped_;
    for (auto& station : stations_) {
      if (station.bytes != 0) queue(frame, &station);
    }
  }

  bool flush() override {
    while (queued_ > 0) {
      const auto run = static_cast<unsigned>(std::min(queued_, queue_frames_max - first_));
      const int sent = ::sendmmsg(socket_.get(), &outgoing_.messages[first_], run, MSG_DONTWAIT);
      if (sent > 0) {
        forget(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno == EINTR) continue;
      const bool is_full = errno == EAGAIN || errno == ENOBUFS;
      if (is_full && !is_silent(stations_of_[first_])) return false;
      // A station that has gone, or has stopped to read and to send: lost, as on a wire. A gone one is forgotten.
      if (!is_full && stations_of_[first_] != nullptr) stations_of_[first_]->bytes = 0;
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

  /// Somebody on the wire, known by the address of its socket.
  struct Station {
    sockaddr_storage address{};
    socklen_t bytes{0};  ///< 0: nobody
    Instant sent_at;
  };

  void note_sender(const sockaddr_storage& address, socklen_t bytes) {
    const auto is_it = [&](const Station& s) {
      return s.bytes == bytes && std::memcmp(&s.address, &address, bytes) == 0;
    };
    if (!is_it(stations_[latest_])) {
      auto at = std::find_if(stations_.begin(), stations_.end(), is_it);
      if (at == stations_.end()) {
        at = std::min_element(stations_.begin(), stations_.end(),
                              [](const Station& a, const Station& b) { return a.sent_at < b.sent_at; });
      }
      latest_ = static_cast<std::size_t>(at - stations_.begin());
      stations_[latest_] = {address, bytes, {}};
    }
    stations_[latest_].sent_at = os_linux::monotonic_now();
  }

  [[nodiscard]] static bool is_silent(const Station* station) {
    constexpr Duration patience{1'000'000'000};
    return station != nullptr && os_linux::monotonic_now() - station->sent_at > patience;
  }

  void queue(ConstBytes frame, Station* station) {
    if (queued_ == queue_frames_max && (flush(), queued_ == queue_frames_max)) {
      ++dropped_;
      return;
    }
    const auto slot = (first_ + queued_++) % queue_frames_max;
    copy_bytes(outgoing_.bytes[slot], frame);
    outgoing_.vectors[slot].iov_len = frame.size();
    stations_of_[slot] = station;
    auto& header = outgoing_.messages[slot].msg_hdr;
    header.msg_name = station == nullptr ? nullptr : &station->address;
    header.msg_namelen = station == nullptr ? 0 : station->bytes;
  }

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
  std::array<Station, 64> stations_{};
  std::size_t latest_{0};
  std::vector<Station*> stations_of_ = std::vector<Station*>(queue_frames_max);  ///< of the frames that wait
};

}  // namespace

std::unique_ptr<FramePort> make_datagram_port(os_linux::UniqueFd socket, Peer peer) {
  return std::make_unique<DatagramPort>(std::move(socket), peer);
}

}  // namespace utnt::lab
