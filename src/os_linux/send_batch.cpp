// SPDX-License-Identifier: BSD-2-Clause
// sendmmsg(2) over slots whose message headers are prepared once; a packet costs one copy.
#include "os_linux/send_batch.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "wire/packet.hpp"

namespace utnt::os_linux {
namespace {

constexpr std::size_t slot_bytes = wire::packet_bytes_max + 16;
constexpr std::int64_t first_pause_ns = 20'000;
constexpr std::int64_t pause_max_ns = 1'000'000;
constexpr int pauses_max = 30;  // a flush, about 25 ms: what finds no room then is lost, as on any full queue

void pause(int socket, int attempt) {
  const auto ns = std::min(first_pause_ns << std::min(attempt, 6), pause_max_ns);
  pollfd writable{socket, POLLOUT, 0};
  const timespec timeout{0, ns};
  // A full socket buffer ends the poll as soon as there is room; a full device queue does not show there, so sleep.
  if (::ppoll(&writable, 1, &timeout, nullptr) > 0) ::clock_nanosleep(CLOCK_MONOTONIC, 0, &timeout, nullptr);
}

}  // namespace

struct SendBatch::Slots {
  union Address {
    sockaddr_ll link;
    sockaddr_in internet;
  };
  std::vector<std::array<std::byte, slot_bytes>> bytes;
  std::vector<Address> addresses;
  std::vector<iovec> vectors;
  std::vector<mmsghdr> messages;
  std::size_t used{0};
  Instant oldest{};
};

SendBatch::SendBatch(std::uint32_t packets_max) : slots_{std::make_unique<Slots>()} {
  const std::size_t count = std::max<std::uint32_t>(packets_max, 1);
  slots_->bytes.resize(count);
  slots_->addresses.resize(count);
  slots_->vectors.resize(count);
  slots_->messages.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    slots_->vectors[i].iov_base = slots_->bytes[i].data();
    slots_->messages[i].msg_hdr.msg_name = &slots_->addresses[i];
    slots_->messages[i].msg_hdr.msg_iov = &slots_->vectors[i];
    slots_->messages[i].msg_hdr.msg_iovlen = 1;
  }
}

SendBatch::~SendBatch() = default;

bool SendBatch::is_full() const { return slots_->used == slots_->messages.size(); }
bool SendBatch::is_empty() const { return slots_->used == 0; }
Instant SendBatch::oldest() const { return slots_->oldest; }

void SendBatch::add_frame(ConstBytes header, ConstBytes packet, unsigned interface_index, Instant now) {
  UTNT_ASSERT(!is_full());
  const auto i = slots_->used++;
  if (i == 0) slots_->oldest = now;
  copy_bytes(slots_->bytes[i], header);
  copy_bytes(MutableBytes{slots_->bytes[i]}.subspan(header.size()), packet);
  auto& address = slots_->addresses[i].link;
  address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(interface_index);
  slots_->messages[i].msg_hdr.msg_namelen = sizeof address;
  slots_->vectors[i].iov_len = header.size() + packet.size();
}

void SendBatch::add_packet(ConstBytes packet, wire::Ipv4Address destination, Instant now) {
  UTNT_ASSERT(!is_full());
  const auto i = slots_->used++;
  if (i == 0) slots_->oldest = now;
  copy_bytes(slots_->bytes[i], packet);
  auto& address = slots_->addresses[i].internet;
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(destination.value());
  slots_->messages[i].msg_hdr.msg_namelen = sizeof address;
  slots_->vectors[i].iov_len = packet.size();
}

SendOutcome SendBatch::flush(int socket) {
  SendOutcome outcome;
  int attempt = 0;
  for (std::size_t next = 0; next < slots_->used;) {
    const auto left = static_cast<unsigned>(slots_->used - next);
    const int sent = ::sendmmsg(socket, &slots_->messages[next], left, MSG_DONTWAIT);
    if (sent > 0) {
      outcome.sent += static_cast<std::uint32_t>(sent);
      next += static_cast<std::size_t>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if ((error == ENOBUFS || error == EAGAIN) && attempt < pauses_max) {
      ++outcome.retried;
      pause(socket, attempt++);
      continue;
    }
    if (error == ENETDOWN || error == ENXIO || error == ENODEV) outcome.interface_lost = true;
    ++outcome.failed;
    ++next;
  }
  slots_->used = 0;
  return outcome;
}

}  // namespace utnt::os_linux
