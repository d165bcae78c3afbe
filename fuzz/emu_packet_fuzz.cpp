// SPDX-License-Identifier: BSD-2-Clause
// Any packet into a network of tunnels: whatever comes back is a sound IPv4 packet, and the same twice.
// Input: one byte that picks the scenario and whether to repair the checksum, then the packet.
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "emu/scenario.hpp"
#include "fuzz/fuzz_input.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

/// Two networks of the same scenario that are told the same: building them anew for every input would take longer than
/// everything else together.
struct Twins {
  std::unique_ptr<ScenarioNetwork> first;
  std::unique_ptr<ScenarioNetwork> second;
  Instant now;
  unsigned inputs{0};
};

Twins& twins(std::string_view scenario, std::size_t index) {
  constexpr unsigned inputs_max = 4096;  // then fresh ones, so that a finding stays within reach of its input
  static std::array<Twins, 8> all;
  auto& pair = all.at(index);
  if (pair.first == nullptr || ++pair.inputs > inputs_max) {
    const auto* found = find_builtin_scenario(scenario);
    UTNT_ASSERT(found != nullptr);
    pair = {load_scenario(found->text, found->name, 1), load_scenario(found->text, found->name, 1), {}, 0};
  }
  return pair;
}

std::vector<std::vector<std::byte>> answers(ScenarioNetwork& network, ConstBytes packet, Instant now) {
  network.send(packet, now);
  (void)network.truth_for(packet);
  std::vector<std::vector<std::byte>> out;
  std::array<std::byte, wire::packet_bytes_max> room{};
  while (const auto got = network.receive(room, now + 1000_s)) {
    UTNT_ASSERT(wire::Ipv4View::parse(got->packet).has_value());
    out.emplace_back(got->packet.begin(), got->packet.end());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view scenarios[] = {"s02_explicit", "s17_uhp_buddy",     "s28_opaque",     "s49_two_labels",
                                            "s39_stripped", "s38_foreign_quote", "s42_per_packet", "s39_multi_object"};
  if (size < 1) return 0;
  const auto input = fuzz::input_bytes(data + 1, size - 1);
  std::vector<std::byte> packet{input.begin(), input.end()};
  if ((data[0] & 0x80U) != 0 && packet.size() >= 20) {
    packet[0] = std::byte{0x45};
    store_be16(packet, 2, static_cast<std::uint16_t>(packet.size()));
    store_be16(packet, 10, 0);
    store_be16(packet, 10, wire::internet_checksum(ConstBytes{packet}.first(20)));
  }
  auto& pair = twins(scenarios[data[0] % 8], data[0] % 8);
  UTNT_ASSERT(answers(*pair.first, packet, pair.now) == answers(*pair.second, packet, pair.now));
  pair.now = pair.now + 1000_s;
  return 0;
}

}  // namespace utnt::emu
