// SPDX-License-Identifier: BSD-2-Clause
// flood=COUNT (100000): an image that hands the same small frame to its interface so often, in bursts, and nothing
// else. What it gets through a virtual machine's card is the ceiling of every image there.
#include <array>

#include "abi/command_line.hpp"
#include "unikernel/platform.hpp"

namespace utnt::unikernel {
namespace {

constexpr std::size_t burst = 64;
// As bench/tools/flood_port.cpp.
constinit std::array<std::byte, 58> bytes{std::byte{2}, {}, {}, {}, {},           std::byte{9},    std::byte{2},
                                          {},           {}, {}, {}, std::byte{1}, std::byte{0x88}, std::byte{0xb5}};

}  // namespace

int program(const Startup& startup) {
  const auto count = abi::parse_number(abi::value_of(startup.command_line, "flood").value_or("100000")).value_or(0);
  if (startup.nics.empty()) return 4;
  std::array<Frame, burst> frames;
  frames.fill(Frame{bytes, {}, 0});
  for (std::uint64_t left = count; left > 0;) {
    const auto sent = platform::tx_burst(std::span{frames}.first(left < burst ? left : burst));
    left -= sent;
    if (sent == 0) platform::wait(platform::now());
  }
  // Monitors send what they were handed a little later: not before their own end, without this.
  constexpr Duration leave{50'000'000};
  for (const auto end = platform::now() + leave; platform::now() < end;) platform::wait(end);
  return 0;
}

}  // namespace utnt::unikernel
