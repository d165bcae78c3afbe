// SPDX-License-Identifier: BSD-2-Clause
// The engine: traces, pings and revelations of a whole campaign, without a socket, a clock or an allocation of its own.
// Contract: give one input, then drain poll_transmit and poll_event, then wait for a packet or next_timeout().
// `now` never goes backwards. Work per call is bounded. Same configuration, inputs and times give the same bytes out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/config.hpp"
#include "core/events.hpp"
#include "wire/packet.hpp"

namespace utnt::core {

struct TraceRequest {
  wire::IpAddress destination;
  std::uint32_t user_id{0};  ///< 0 = the engine numbers destinations from 1
};

class EngineState;

class Engine {
 public:
  /// Bytes of memory, aligned to 64, that create() needs for `config`.
  static std::size_t bytes_needed(const EngineConfig& config);
  /// `memory` must outlive the engine; known to hold zeros, most of it is not touched before it is used.
  /// Errors: invalid_argument (see invalid_field), no_room (memory too small).
  static Result<Engine> create(const EngineConfig& config, std::span<std::byte> memory,
                               MemoryHolds content = MemoryHolds::anything);

  /// True when start() has room for another trace.
  [[nodiscard]] bool can_start() const;
  /// Begins a trace. Errors: no_room (traces_max in flight), unsupported (address family).
  Result<TraceId> start(const TraceRequest& request, Instant now);
  void handle_packet(const wire::Received& received, Instant now);
  void handle_timeout(Instant now);

  /// Next probe due at `now`, written to the front of `out` (packet_bytes_max bytes); empty when nothing is due.
  std::optional<wire::Packet> poll_transmit(wire::PacketBuffer out, Instant now);
  /// The next event, good until the engine is called again; null when there is none now.
  const Event* poll_event();
  /// When handle_timeout or poll_transmit has work next; empty when nothing is in flight.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// Ends all traces as halted at the next calls: no further probe is sent, every open trace gets its verdicts and
  /// trace_end.
  void halt(Instant now);
  /// True when no trace is in flight and all events were polled.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  explicit Engine(EngineState* state) : state_{state} {}
  EngineState* state_;
};

}  // namespace utnt::core
