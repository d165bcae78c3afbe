// SPDX-License-Identifier: BSD-2-Clause
// Scenario texts: refused with a message, or a network that answers, tells its truth and does not hang.
#include <array>
#include <string>

#include "emu/scenario.hpp"
#include "fuzz/fuzz_input.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t text_max = 16'384;
  if (size > text_max) return 0;
  const std::string text{reinterpret_cast<const char*>(data), size};
  std::unique_ptr<ScenarioNetwork> network;
  try {
    network = load_scenario(text, "input.toml", 1);
  } catch (const ScenarioError& error) {
    UTNT_ASSERT(std::string_view{error.what()}.starts_with("input.toml"));
    return 0;
  }
  UTNT_ASSERT(!network->info().destinations.empty());
  const auto to = network->info().destinations.front();
  (void)network->truth(to);
  std::array<std::byte, 44> packet{};
  std::array<std::byte, wire::packet_bytes_max> room{};
  Instant now;
  for (std::uint8_t ttl = 1; ttl <= 12; ++ttl) {
    wire::write_ipv4_header(packet, {.total_length = 44,
                                     .dont_fragment = true,
                                     .ttl = Ttl{ttl},
                                     .protocol = wire::protocol::icmp,
                                     .source = network->vantage_point().v4(),
                                     .destination = to.v4()});
    wire::write_echo(MutableBytes{packet}.subspan(20), {.identifier = 1, .sequence = ttl});
    network->send(packet, now);
    now = now + 100_s;
    while (const auto got = network->receive(room, now)) UTNT_ASSERT(got->arrival <= now);
  }
  return 0;
}

}  // namespace utnt::emu
