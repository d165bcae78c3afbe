// SPDX-License-Identifier: BSD-2-Clause
// An image that does what its command line says, word by word: what the test of the virtual-machine target boots.
//   exit=CODE assert null code constant data recurse   facts module record=BYTES sleep=COUNT wake=COUNT
//   pause=MILLISECONDS
#include <array>

#include "abi/command_line.hpp"
#include "unikernel/platform.hpp"

namespace utnt::unikernel {
namespace {

constexpr int wrong = 78;
constexpr std::array<std::byte, 64> constants{std::byte{1}};
std::array<std::byte, 8192> buffer{};

std::uint64_t number(std::string_view text) { return abi::parse_number(text).value_or(0); }

void print(std::string_view name, std::uint64_t value) {
  std::array<char, 20> digits{};
  auto at = digits.size();
  do digits[--at] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  platform::log_write(name);
  platform::log_write({digits.data() + at, digits.size() - at});
  platform::log_write("\n");
}

template <class Target>
std::uintptr_t hidden(Target* target) {  // so that the compiler does not see what it would warn of
  auto address = reinterpret_cast<std::uintptr_t>(target);
  asm volatile("" : "+r"(address));
  return address;
}

void poke(std::uintptr_t address) { *reinterpret_cast<volatile char*>(address) = 1; }

int recurse(int depth) {
  std::array<volatile char, 512> room;
  room[0] = static_cast<char>(depth);
  if (depth == 1'000'000) return 0;
  return recurse(depth + 1) + room[0];
}

void call_data() {
  constexpr auto instruction_return = std::byte{0xc3};
  buffer[0] = instruction_return;
  reinterpret_cast<void (*)()>(hidden(buffer.data()))();
}

void print_facts(const Startup& startup) {
  print("length=", startup.command_line.size());
  print("memory=", startup.memory.size());
  print("cards=", startup.nics.size());
  for (const auto& nic : startup.nics) print("mac5=", nic.mac[5]);
  print("modules=", startup.modules.size());
  print("wall_s=", platform::wall_ns() / 1'000'000'000);
  bool is_zero = true, is_seeded = false;
  for (const auto byte : startup.memory) is_zero = is_zero && byte == std::byte{};
  for (const auto byte : startup.seed) is_seeded = is_seeded || byte != std::byte{};
  print("zero=", is_zero ? 1 : 0);
  print("seeded=", is_seeded ? 1 : 0);
  print("entry_ns=", startup.boot.entry_ns);
  print("paging_ns=", startup.boot.paging_ns);
  print("clock_ns=", startup.boot.clock_ns);
  print("devices_ns=", startup.boot.devices_ns);
  print("seed0=", static_cast<std::uint64_t>(startup.seed[0]));
}

/// Byte n of the stream is n modulo 251.
void write_records(std::uint64_t bytes) {
  std::uint64_t at = 0;
  while (at < bytes) {
    const auto part = bytes - at < buffer.size() ? bytes - at : buffer.size();
    for (std::size_t i = 0; i < part; ++i) buffer[i] = static_cast<std::byte>((at + i) % 251);
    if (!platform::rec_write(ConstBytes{buffer}.first(part))) platform::finish(wrong);
    at += part;
  }
}

void sleep_often(std::uint64_t count) {
  constexpr Duration nap{1'000'000};
  std::uint64_t early = 0, latest_us = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto deadline = platform::now() + nap;
    platform::wait(deadline);
    const auto late = platform::now() - deadline;
    if (late.ns() < 0) ++early;
    if (late.ns() / 1000 > static_cast<std::int64_t>(latest_us))
      latest_us = static_cast<std::uint64_t>(late.ns() / 1000);
  }
  print("early=", early);
  print("latest_us=", latest_us);
}

/// An ARP request of 10.0.2.15 for 10.0.2.2, the host that QEMU's user network plays (RFC 826).
std::array<std::byte, 60> make_question(const Nic& nic) {
  constexpr std::array<std::uint8_t, 42> pattern{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,  0, 0, 0, 0, 0, 8, 6,  //
                                                 0,    1,    8,    0,    6,    4,    0,  1, 0, 0, 0, 0, 0, 0,
                                                 10,   0,    2,    15,  //
                                                 0,    0,    0,    0,    0,    0,    10, 0, 2, 2};
  std::array<std::byte, 60> frame{};
  for (std::size_t i = 0; i < pattern.size(); ++i) frame[i] = static_cast<std::byte>(pattern[i]);
  for (std::size_t i = 0; i < nic.mac.size(); ++i) frame[6 + i] = frame[22 + i] = static_cast<std::byte>(nic.mac[i]);
  return frame;
}

/// Asks, sleeps until the answer wakes it, and asks again. An interrupt that is lost costs the whole patience.
void wake_often(const Startup& startup, std::uint64_t count) {
  constexpr Duration patience{1'000'000'000};
  auto question = make_question(startup.nics.front());
  std::uint64_t lost = 0, slowest_us = 0;
  std::array<Frame, 8> frames;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto asked = platform::now();
    platform::tx_burst(std::array{Frame{question, {}, 0}});
    unsigned got = 0;
    while (got == 0 && platform::now() < asked + patience) {
      platform::wait(asked + patience);
      got = platform::rx_burst(frames);
    }
    const auto us = static_cast<std::uint64_t>((platform::now() - asked).ns() / 1000);
    if (us >= static_cast<std::uint64_t>(patience.ns() / 1000)) ++lost;
    if (us > slowest_us) slowest_us = us;
  }
  print("lost=", lost);
  print("slowest_us=", slowest_us);
}

void act(const abi::Word& word, const Startup& startup) {
  if (word.key == "exit") platform::finish(static_cast<int>(number(word.value)));
  if (word.key == "assert") UTNT_ASSERT(startup.memory.empty());
  if (word.key == "null") poke(hidden<char>(nullptr));
  if (word.key == "code") poke(hidden(&poke));
  if (word.key == "constant") poke(hidden(constants.data()));
  if (word.key == "data") call_data();
  if (word.key == "recurse") print("depth=", static_cast<std::uint64_t>(recurse(0)));
  if (word.key == "facts") print_facts(startup);
  if (word.key == "module") {
    for (const auto module : startup.modules)
      platform::log_write({reinterpret_cast<const char*>(module.data()), module.size()});
  }
  if (word.key == "record") write_records(number(word.value));
  if (word.key == "sleep") sleep_often(number(word.value));
  if (word.key == "wake") wake_often(startup, number(word.value));
  if (word.key == "pause") {
    platform::log_write("begin\n");
    platform::wait(platform::now() + Duration{static_cast<std::int64_t>(number(word.value)) * 1'000'000});
    platform::log_write("end\n");
  }
}

}  // namespace

int program(const Startup& startup) {
  abi::CommandLine words{startup.command_line};
  while (const auto word = words.next()) act(*word, startup);
  return 0;
}

}  // namespace utnt::unikernel
