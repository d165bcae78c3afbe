// SPDX-License-Identifier: BSD-2-Clause
// Any packet into a network of tunnels: whatever comes back is a sound IPv4 packet, and the same twice.
// Input: one byte that picks the scenario and whether to repair the checksum, then the packet.
#include <array>
#include <string_view>
#include <vector>

#include "emu/scenario.hpp"
#include "fuzz/fuzz_input.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

std::vector<std::vector<std::byte>> answers(std::string_view scenario, ConstBytes packet) {
  const auto* found = find_builtin_scenario(scenario);
  UTNT_ASSERT(found != nullptr);
  const auto network = load_scenario(found->text, found->name, 1);
  network->send(packet, Instant{});
  (void)network->truth_for(packet);
  std::vector<std::vector<std::byte>> out;
  std::array<std::byte, wire::packet_bytes_max> room{};
  while (const auto got = network->receive(room, Instant{} + 1000_s)) {
    UTNT_ASSERT(wire::Ipv4View::parse(got->packet).has_value());
    out.emplace_back(got->packet.begin(), got->packet.end());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view scenarios[] = {"s02_explicit", "s17_uhp_buddy",   "s28_opaque",     "s49_two_labels",
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
  const auto scenario = scenarios[data[0] % 8];
  UTNT_ASSERT(answers(scenario, packet) == answers(scenario, packet));
  return 0;
}

}  // namespace utnt::emu
