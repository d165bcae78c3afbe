// SPDX-License-Identifier: BSD-2-Clause
// The one loop that runs an engine, on Linux, in the unikernel and in the emulator.
//   Link:   Instant now(); void send(wire::Packet);
//           std::optional<wire::Received> wait(wire::PacketBuffer, std::optional<Instant> deadline); bool stopped();
//   Source: std::optional<TraceRequest> next();   // the next destination; empty = none left (or none now)
#pragma once

#include <array>
#include <cstddef>

#include "core/engine.hpp"
#include "wire/packet.hpp"

namespace utnt::core {

/// Packets sent before replies are looked at, and twice as many replies taken before the next are sent: however much
/// there is to send, what arrives meanwhile does not wait long enough to be lost.
inline constexpr unsigned packets_per_turn = 64;

/// Runs until every destination of `source` is traced, or the link says stop: then the engine is halted and drained,
/// so that `on_event` still gets a valid end of every open trace.
template <class Link, class Source, class OnEvent>
void drive(Engine& engine, Link& link, Source& source, OnEvent on_event) {
  alignas(64) std::array<std::byte, wire::packet_bytes_max> tx{};
  alignas(64) std::array<std::byte, wire::packet_bytes_max> rx{};
  const auto drain = [&] {
    while (auto event = engine.poll_event()) on_event(*event);
  };
  bool source_done = false;
  for (;;) {
    if (link.stopped()) {
      engine.halt(link.now());
      drain();
      return;
    }
    while (!source_done && engine.can_start()) {
      const auto request = source.next();
      if (!request) {
        source_done = true;
        break;
      }
      UTNT_ASSERT(engine.start(*request, link.now()).has_value());
    }
    unsigned sent = 0;
    for (; sent < packets_per_turn; ++sent) {
      const auto packet = engine.poll_transmit(tx, link.now());
      if (!packet) break;
      link.send(*packet);
    }
    drain();
    if (source_done && engine.idle()) return;
    // With more to send, replies are only looked for; waiting begins when nothing is left to do now.
    const bool has_more = sent == packets_per_turn || (!source_done && engine.can_start());
    auto received = link.wait(rx, has_more ? link.now() : engine.next_timeout());
    for (unsigned taken = 1; received; ++taken) {
      const auto now = link.now();
      engine.handle_packet(*received, now);
      drain();
      if (taken == 2 * packets_per_turn) break;
      received = link.wait(rx, now);
    }
    engine.handle_timeout(link.now());
    drain();
  }
}

}  // namespace utnt::core
