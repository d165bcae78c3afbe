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
    while (auto packet = engine.poll_transmit(tx, link.now())) link.send(*packet);
    drain();
    if (source_done && engine.idle()) return;
    if (!source_done && engine.can_start()) continue;
    const auto received = link.wait(rx, engine.next_timeout());
    if (received) {
      engine.handle_packet(*received, link.now());
    } else {
      engine.handle_timeout(link.now());
    }
    drain();
  }
}

}  // namespace utnt::core
