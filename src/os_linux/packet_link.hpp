// SPDX-License-Identifier: BSD-2-Clause
// The link of core/drive.hpp on Linux: raw IPv4 packets out by any route, candidate replies in with kernel time stamps.
// Where a packet's way is plain (an Ethernet interface, one next hop with a known MAC address) whole frames go out in
// batches by a packet socket; everything else goes by a raw IP socket and the kernel routes it.
// The numbers behind that choice: docs/adr/0003-packet-io.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/signals.hpp"
#include "wire/address.hpp"
#include "wire/packet.hpp"

namespace utnt::os_linux {

enum class SendPath : std::uint8_t {
  automatic,  ///< frames where possible, the raw socket otherwise
  raw_only,   ///< always the raw socket: every firewall and routing rule of the host applies
};

struct LinkOptions {
  wire::IpAddress source{};  ///< an address of this host; none = what the kernel picks for the first destination
  std::string interface {};  ///< send and receive by this one only; empty = whichever the routes say
  SendPath send_path{SendPath::automatic};
  std::uint32_t burst_packets_max{64};       ///< packets that send() may hold back until wait() or 100 us have passed
  std::size_t ring_bytes{8U << 20};          ///< receive ring: 2 KiB per packet not yet read
  const StopSignals* stop_signals{nullptr};  ///< looked at by stopped(), wakes wait(); not owned
};

/// Room for a quarter of a second of replies at that rate (0 = no limit), within 2 and 64 MiB: longer than a busy
/// machine keeps a program waiting.
constexpr std::size_t ring_bytes_for(std::uint32_t packets_per_second) {
  constexpr std::size_t slot_bytes = 2048;
  constexpr std::size_t lowest = 2U << 20;
  constexpr std::size_t highest = 64U << 20;
  const std::size_t wanted = std::size_t{packets_per_second} / 4 * slot_bytes;
  if (packets_per_second == 0 || wanted > highest) return highest;
  return wanted < lowest ? lowest : wanted;
}

/// What happened so far. A reply lost because of us is a defect: received and ring_dropped say whether there was one.
struct LinkCounters {
  std::uint64_t sent_frames{0};   ///< handed to the kernel by the packet socket
  std::uint64_t sent_raw{0};      ///< handed to the kernel by the raw socket
  std::uint64_t send_failed{0};   ///< refused by the kernel for good: unreachable, prohibited, too long, no buffers
  std::uint64_t send_retried{0};  ///< times that full buffers made the sender wait
  std::uint64_t received{0};      ///< candidate replies given to wait()'s caller
  std::uint64_t ring_dropped{0};  ///< candidate replies that the kernel had to drop because the ring was full
  Duration flush_delay_max{};     ///< longest time a packet stayed queued in send()
};

class PacketLink {
 public:
  /// Opens the sockets. Throws SealRefusal, or Failure: not_permitted without CAP_NET_RAW, environment when there is no
  /// route to `first_destination` or no such interface, bad_input when `source` is not an address of this host.
  static std::unique_ptr<PacketLink> open(const LinkOptions& options, const wire::IpAddress& first_destination);
  ~PacketLink();
  PacketLink(const PacketLink&) = delete;
  PacketLink& operator=(const PacketLink&) = delete;

  /// The source address of all probes: the engine's configuration needs it.
  [[nodiscard]] wire::IpAddress source() const;

  // The seam of core/drive.hpp.
  [[nodiscard]] Instant now() const noexcept;
  /// Takes a complete IPv4 packet; frames keep their order, packets of the raw socket keep theirs. Never throws: what
  /// cannot be sent is counted, and the engine's timeout sees to it. Its age in the queue counts from the last now().
  void send(wire::Packet packet);
  /// The next candidate reply, copied to `buffer` (cut at its end), or empty at `deadline` (none = no deadline), after
  /// something else that needs attention, or when stopped. Sends what is queued first.
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline);
  /// True once a stop signal came or the link failed; see failure().
  [[nodiscard]] bool stopped() const noexcept;

  /// Why the link ended by itself (for instance: the interface went down), if it did.
  [[nodiscard]] const std::optional<Failure>& failure() const noexcept;
  [[nodiscard]] LinkCounters counters();

 private:
  class State;
  explicit PacketLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace utnt::os_linux
