// SPDX-License-Identifier: BSD-2-Clause
// Version 2 of the ring, one slot per packet: version 3 hands over whole blocks, and a lone reply would wait for its
// block's timer, a millisecond at least.
#include "os_linux/receive_ring.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/reply_filter.hpp"

namespace utnt::os_linux {
namespace {

constexpr std::size_t slot_bytes = 2048;
constexpr std::size_t block_bytes = 64U << 10;

void set_option(int socket, int level, int name, const void* value, std::size_t size, const char* what) {
  if (::setsockopt(socket, level, name, value, static_cast<socklen_t>(size)) != 0) {
    throw system_failure(std::string{"cannot set up the receive ring ("} + what + ")", errno);
  }
}

}  // namespace

Instant stamp_to_monotonic(std::int64_t wall_ns, std::int64_t wall_offset_ns, Instant earliest, Instant latest) {
  return std::clamp(Instant{wall_ns - wall_offset_ns}, std::min(earliest, latest), latest);
}

ReceiveRing::ReceiveRing(wire::Ipv4Address destination, unsigned interface_index, std::size_t ring_bytes)
    : socket_{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
  if (!socket_.is_open()) throw system_failure("cannot open a packet socket", errno);
  // Protocol 0 receives nothing: the filter is in place before bind() names the protocol.
  attach_reply_filter(fd(), destination);
  const int version = TPACKET_V2;
  set_option(fd(), SOL_PACKET, PACKET_VERSION, &version, sizeof version, "version");
  const int on = 1;
  set_option(fd(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on, "time stamps");
  // Older kernels than 4.20 do not know this one; a receive-only protocol number sees no outgoing packets anyway.
  ::setsockopt(fd(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  tpacket_req request{};
  request.tp_block_size = block_bytes;
  request.tp_block_nr = static_cast<unsigned>(std::max<std::size_t>(ring_bytes / block_bytes, 1));
  request.tp_frame_size = slot_bytes;
  request.tp_frame_nr = static_cast<unsigned>(request.tp_block_nr * (block_bytes / slot_bytes));
  set_option(fd(), SOL_PACKET, PACKET_RX_RING, &request, sizeof request, "memory");
  slots_ = request.tp_frame_nr;
  memory_bytes_ = slots_ * slot_bytes;
  void* memory = ::mmap(nullptr, memory_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0);
  if (memory == MAP_FAILED) throw system_failure("cannot map the receive ring", errno);
  memory_ = static_cast<std::byte*>(memory);
  sockaddr_ll local{};
  local.sll_family = AF_PACKET;
  local.sll_protocol = htons(ETH_P_IP);
  local.sll_ifindex = static_cast<int>(interface_index);
  if (::bind(fd(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    const int error = errno;
    ::munmap(memory_, memory_bytes_);
    throw system_failure("cannot bind the packet socket", error);
  }
  seen_empty_ = monotonic_now();
  wall_offset_ns_ = wall_clock_offset_ns();
}

ReceiveRing::~ReceiveRing() { ::munmap(memory_, memory_bytes_); }

std::optional<wire::Received> ReceiveRing::next(wire::PacketBuffer buffer, Instant now) {
  auto* const slot = memory_ + position_ * slot_bytes;
  auto* const header = reinterpret_cast<tpacket2_hdr*>(slot);
  const std::atomic_ref<std::uint32_t> status{header->tp_status};
  if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) {
    seen_empty_ = now;
    wall_offset_ns_ = wall_clock_offset_ns();
    return std::nullopt;
  }
  const std::size_t bytes = std::min<std::size_t>(header->tp_snaplen, buffer.size());
  copy_bytes(buffer, ConstBytes{slot + header->tp_net, bytes});
  const auto arrival = stamp_to_monotonic(std::int64_t{header->tp_sec} * 1'000'000'000 + header->tp_nsec,
                                          wall_offset_ns_, seen_empty_, now);
  status.store(TP_STATUS_KERNEL, std::memory_order_release);
  position_ = position_ + 1 == slots_ ? 0 : position_ + 1;
  return wire::Received{.packet = buffer.first(bytes), .arrival = arrival};
}

std::uint64_t ReceiveRing::dropped() {
  tpacket_stats stats{};
  socklen_t size = sizeof stats;
  // Reading the kernel's counters resets them.
  if (::getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) dropped_ += stats.tp_drops;
  return dropped_;
}

}  // namespace utnt::os_linux
