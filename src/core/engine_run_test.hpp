// SPDX-License-Identifier: BSD-2-Clause
// Runs the engine on the line network in virtual time and keeps everything it said.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/arena.hpp"
#include "core/drive.hpp"
#include "core/line_network_test.hpp"

namespace utnt::core::test {

inline const wire::IpAddress host = wire::Ipv4Address{20, 0, 200, 1};

struct VirtualLink {
  LineNetwork& network;
  Instant time{};
  Instant stop_at{INT64_MAX};

  Instant now() const { return time; }
  bool stopped() const { return time >= stop_at; }
  void send(wire::Packet packet) { network.send(packet, time); }
  std::optional<wire::Received> wait(wire::PacketBuffer out, std::optional<Instant> deadline) {
    const auto arrival = network.next_arrival();
    if (arrival && (!deadline || *arrival <= *deadline)) {
      time = std::max(time, *arrival);
      return network.receive(out, time);
    }
    if (deadline) time = std::max(time, *deadline);
    return std::nullopt;
  }
};

struct Destinations {
  std::vector<wire::IpAddress> list;
  std::size_t at{0};
  std::optional<TraceRequest> next() {
    if (at == list.size()) return std::nullopt;
    return TraceRequest{.destination = list[at++]};
  }
};

struct Outcome {
  std::vector<Event> events;
  Counters counters;
  Duration took;

  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const auto& event : events) {
      if (const auto* found = std::get_if<T>(&event)) out.push_back(*found);
    }
    return out;
  }
};

inline EngineConfig config_for(RuleSet rules) {
  EngineConfig config;
  config.rules = rules;
  config.source = wire::Ipv4Address{20, 0, 1, 1};
  config.traces_max = 16;
  config.addresses_max = 4096;
  config.tunnels_max = 64;
  if (rules == RuleSet::tnt) config.window = 1;
  return config;
}

inline Outcome run(const EngineConfig& config, const LineOptions& options, std::vector<wire::IpAddress> destinations,
                   Instant stop_at = Instant{INT64_MAX}) {
  std::vector<std::byte> raw(Engine::bytes_needed(config) + Arena::alignment);
  auto* start = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(raw.data()) + 63) / 64 * 64);
  auto engine = Engine::create(config, {start, Engine::bytes_needed(config)});
  EXPECT_TRUE(engine.has_value());
  LineNetwork network{options};
  VirtualLink link{.network = network, .stop_at = stop_at};
  Destinations source{std::move(destinations)};
  Outcome outcome;
  drive(*engine, link, source, [&](const Event& event) { outcome.events.push_back(event); });
  outcome.counters = engine->counters();
  outcome.took = link.time - Instant{};
  EXPECT_EQ(network.sent(), outcome.counters.probes_sent);
  return outcome;
}

}  // namespace utnt::core::test
