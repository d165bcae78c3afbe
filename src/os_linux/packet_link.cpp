// SPDX-License-Identifier: BSD-2-Clause
// Joins the parts: which way a packet goes (next_hops), how it leaves (send_batch), how replies come in (receive_ring).
#include "os_linux/packet_link.hpp"

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os_linux/clock.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/next_hops.hpp"
#include "os_linux/privileges.hpp"
#include "os_linux/receive_ring.hpp"
#include "os_linux/routes.hpp"
#include "os_linux/seal.hpp"
#include "os_linux/send_batch.hpp"
#include "wire/ipv4.hpp"

namespace utnt::os_linux {
namespace {

constexpr Duration flush_delay_max = 100_us;
constexpr Duration look_at_changes_every = 10_ms;
/// A sleep shorter than this costs more than it saves: setting a timer and waking up take microseconds.
constexpr Duration spin_max = 30_us;

/// The socket whose packets the kernel routes, source address and interface fixed.
UniqueFd open_raw_socket(wire::Ipv4Address source, const std::string& interface) {
  UniqueFd socket{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)};
  if (!socket.is_open()) throw system_failure("cannot open a raw socket", errno);
  if (!interface.empty() && ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                         static_cast<socklen_t>(interface.size())) != 0) {
    throw system_failure("cannot bind the raw socket to " + interface, errno);
  }
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(source.value());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    throw system_failure("cannot bind the raw socket to the source address", errno);
  }
  return socket;
}

/// A packet socket that only sends: protocol 0 receives nothing.
UniqueFd open_frame_socket() {
  UniqueFd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a packet socket", errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  return socket;
}

}  // namespace

class PacketLink::State {
 public:
  State(const LinkOptions& options, const KernelRoute& route, unsigned only_interface)
      : options_{options},
        source_{route.source.v4()},
        raw_socket_{open_raw_socket(source_, options.interface)},
        frame_socket_{open_frame_socket()},
        ring_{source_, only_interface, options.ring_bytes},
        next_hops_{route.interface_index, only_interface},
        raw_{options.burst_packets_max},
        frames_{options.burst_packets_max} {}

  [[nodiscard]] wire::Ipv4Address source() const { return source_; }
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] bool stopped() const {
    return failure_.has_value() || (options_.stop_signals != nullptr && options_.stop_signals->requested());
  }

  Instant now() { return now_ = monotonic_now(); }

  void send(wire::Packet packet) {
    const auto now = now_;
    const auto view_bytes = packet.size();
    if (view_bytes < wire::ipv4_header_bytes || view_bytes > wire::packet_bytes_max) {
      ++counters_.send_failed;
      return;
    }
    const wire::Ipv4Address destination{load_be32(packet, 16)};
    const auto* frame = options_.send_path == SendPath::automatic ? next_hops_.find(destination, now) : nullptr;
    if (frame != nullptr && view_bytes <= frame->mtu) {
      frames_.add_frame(frame->header, packet, frame->interface_index, now);
      if (frames_.is_full() || now - frames_.oldest() >= flush_delay_max) flush_frames();
    } else {
      raw_.add_packet(packet, destination, now);
      if (raw_.is_full() || now - raw_.oldest() >= flush_delay_max) flush_raw();
    }
  }

  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
    if (!raw_.is_empty()) flush_raw();
    if (!frames_.is_empty()) flush_frames();
    auto now = this->now();
    if (now >= look_at_changes_at_) take_changes(now);
    while (!stopped()) {
      if (auto received = ring_.next(buffer, now)) {
        ++counters_.received;
        return received;
      }
      if (deadline && *deadline <= now) return std::nullopt;
      const bool is_soon = deadline && *deadline - now <= spin_max;
      if (!is_soon && !sleep_until(deadline, now)) return std::nullopt;
      now = this->now();
    }
    return std::nullopt;
  }

  LinkCounters counters() {
    counters_.ring_dropped = ring_.dropped();
    return counters_;
  }

 private:
  /// False when something happened that the caller should look at.
  bool sleep_until(std::optional<Instant> deadline, Instant now) {
    std::array<pollfd, 3> sources{{{ring_.fd(), POLLIN, 0}, {next_hops_.fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (options_.stop_signals != nullptr) sources[2].fd = options_.stop_signals->fd();
    timespec timeout{};
    if (deadline) {
      const auto left = (*deadline - now).ns();
      timeout = {left / 1'000'000'000, left % 1'000'000'000};
    }
    const int ready = ::ppoll(sources.data(), sources.size(), deadline ? &timeout : nullptr, nullptr);
    if (ready < 0 && errno != EINTR)
      fail("waiting for replies failed: " + std::string{system_failure("poll", errno).what()});
    if (sources[1].revents != 0) take_changes(now);
    // A dead interface also shows as an error of the packet socket; reading it away keeps the poll from spinning.
    if ((sources[0].revents & POLLERR) != 0) {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(ring_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    return !stopped();
  }

  void take_changes(Instant now) {
    look_at_changes_at_ = now + look_at_changes_every;
    if (const auto lost = next_hops_.update()) fail(*lost + " while probing; the results so far are complete");
  }

  void fail(const std::string& text) {
    if (!failure_) failure_ = Failure{ExitCode::environment, text};
  }

  void flush_frames() { account(frames_, frame_socket_.get(), counters_.sent_frames); }
  void flush_raw() { account(raw_, raw_socket_.get(), counters_.sent_raw); }

  void account(SendBatch& batch, int socket, std::uint64_t& sent) {
    const auto oldest = batch.oldest();
    const auto outcome = batch.flush(socket);
    counters_.flush_delay_max = std::max(counters_.flush_delay_max, monotonic_now() - oldest);
    sent += outcome.sent;
    counters_.send_failed += outcome.failed;
    counters_.send_retried += outcome.retried;
    if (outcome.interface_lost) take_changes(monotonic_now());
  }

  LinkOptions options_;
  wire::Ipv4Address source_;
  UniqueFd raw_socket_;
  UniqueFd frame_socket_;
  ReceiveRing ring_;
  NextHops next_hops_;
  SendBatch raw_;
  SendBatch frames_;
  LinkCounters counters_;
  std::optional<Failure> failure_;
  Instant look_at_changes_at_{};
  Instant now_{monotonic_now()};  ///< as last told: a packet to be sent costs no look at the clock of its own
};

std::unique_ptr<PacketLink> PacketLink::open(const LinkOptions& options, const wire::IpAddress& first_destination) {
  require_permission_to_probe("a raw socket");
  require_raw_sockets();
  if (!first_destination.is_v4()) throw Failure{ExitCode::bad_input, "this link sends IPv4 only"};
  unsigned only_interface = 0;
  if (!options.interface.empty()) {
    const auto interface = find_interface(options.interface);
    if (!interface.is_up) throw Failure{ExitCode::environment, "interface " + interface.name + " is down"};
    only_interface = interface.index;
  }
  const auto route =
      ask_route({.destination = first_destination, .source = options.source, .interface_index = only_interface});
  // Without this the kernel may add 50 us to every sleep, more than a packet's time at 20,000 per second.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  return std::unique_ptr<PacketLink>{new PacketLink{std::make_unique<State>(options, route, only_interface)}};
}

PacketLink::PacketLink(std::unique_ptr<State> state) : state_{std::move(state)} {}
PacketLink::~PacketLink() = default;
wire::IpAddress PacketLink::source() const { return state_->source(); }
Instant PacketLink::now() const noexcept { return state_->now(); }
void PacketLink::send(wire::Packet packet) { state_->send(packet); }
std::optional<wire::Received> PacketLink::wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
  return state_->wait(buffer, deadline);
}
bool PacketLink::stopped() const noexcept { return state_->stopped(); }
const std::optional<Failure>& PacketLink::failure() const noexcept { return state_->failure(); }
LinkCounters PacketLink::counters() { return state_->counters(); }

}  // namespace utnt::os_linux
