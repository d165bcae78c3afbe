// SPDX-License-Identifier: BSD-2-Clause
// An image that does what its command line says, word by word: what the tests of the tenders run.
//   log=TEXT record=BYTES trailer=CODE exit=CODE   call=NUMBER after a= b= c= d=, timeout (c = a zero timespec)
//   read=ADDRESS write=ADDRESS jump=ADDRESS fill zero module   frame echo=COUNT idle spin clock=MILLISECONDS int80
//   recurse
#include <array>

#include "abi/command_line.hpp"
#include "abi/record_frame.hpp"
#include "unikernel/platform.hpp"
#include "unikernel/process/syscalls.hpp"

namespace utnt::unikernel {
namespace {

constexpr int failed = 76, survived = 77, wrong = 78;  // failed: the call was let through and gave an error

std::array<long, 4> arguments{};
process::Timespec no_time;
std::uint32_t sequence = 0;
std::array<std::byte, abi::frame_header_bytes + abi::frame_payload_max> frame_buffer;

std::uint64_t number(std::string_view text) { return abi::parse_number(text).value_or(0); }

void write_records(std::uint64_t bytes) {
  while (bytes > 0) {
    const auto part = bytes < abi::frame_payload_max ? bytes : abi::frame_payload_max;
    for (std::size_t i = 0; i < part; ++i) frame_buffer[abi::frame_header_bytes + i] = static_cast<std::byte>(i);
    const auto length = abi::seal_frame(frame_buffer, part, sequence++, false);
    if (!platform::rec_write(ConstBytes{frame_buffer}.first(length))) platform::finish(wrong);
    bytes -= part;
  }
}

void write_trailer(std::uint64_t code) {
  const abi::Trailer trailer{.exit_code = static_cast<std::int32_t>(code),
                             .started_ns = static_cast<std::uint64_t>(platform::now().ns())};
  abi::write_trailer(MutableBytes{frame_buffer}.subspan(abi::frame_header_bytes), trailer);
  const auto length = abi::seal_frame(frame_buffer, abi::trailer_bytes, sequence++, true);
  platform::rec_write(ConstBytes{frame_buffer}.first(length));
}

void send_frame(const Startup& startup) {
  std::array<std::byte, 60> bytes{};
  for (auto& byte : MutableBytes{bytes}.first(6)) byte = std::byte{0xff};
  for (std::size_t i = 0; i < 6; ++i) bytes[6 + i] = static_cast<std::byte>(startup.nics.front().mac[i]);
  bytes[12] = std::byte{0x88};  // an Ethertype for experiments, IEEE 802: 0x88b5
  bytes[13] = std::byte{0xb5};
  const std::array<Frame, 1> frame{Frame{bytes, {}, 0}};
  while (platform::tx_burst(frame) == 0) platform::wait(platform::now() + Duration{1'000'000});
}

void echo_frames(std::uint64_t count) {
  std::array<Frame, 8> frames;
  while (count > 0) {
    platform::wait(platform::now() + Duration{1'000'000'000});
    const auto got = platform::rx_burst(frames);
    std::span<const Frame> left{frames.data(), got};
    count -= got < count ? got : count;
    while (!left.empty()) left = left.subspan(platform::tx_burst(left));
  }
}

bool clock_is_steady(std::uint64_t milliseconds) {
  auto last = platform::now();
  const auto end = last + Duration{static_cast<std::int64_t>(milliseconds) * 1'000'000};
  while (last < end) {
    const auto now = platform::now();
    if (now < last) return false;
    last = now;
  }
  return true;
}

bool memory_is_zero(const Startup& startup) {
  for (const auto byte : startup.memory) {
    if (byte != std::byte{0}) return false;
  }
  return true;
}

[[gnu::noinline]] std::uint64_t recurse(std::uint64_t depth) {
  volatile std::byte room[1024];
  room[depth % sizeof room] = std::byte{1};
  if (depth == ~std::uint64_t{0}) return 0;
  return recurse(depth + 1) + std::to_integer<std::uint64_t>(room[depth % sizeof room]);
}

std::uint64_t sum_of(const Startup& startup) {
  std::uint64_t sum = 0;
  if (startup.modules.empty()) return 0;
  for (const auto byte : startup.modules.front()) sum += std::to_integer<std::uint64_t>(byte);
  return sum % 100;
}

void touch(std::string_view how, std::uint64_t address) {
  if (how == "jump") reinterpret_cast<void (*)()>(address)();
  auto* const at = reinterpret_cast<volatile std::uint8_t*>(address);
  const std::uint8_t value = *at;
  if (how == "write") *at = value;
}

int call(long which) {
  const long result =
      process::call(static_cast<process::Call>(which), arguments[0], arguments[1], arguments[2], arguments[3]);
  return result < 0 ? failed : survived;
}

void wait_for_ever() {
  for (;;) platform::wait(platform::now() + Duration{3'600'000'000'000});
}

void spin_for_ever() {
  for (;;) asm volatile("pause");
}

/// False: not one of these.
bool run_small(const abi::Word& word, const Startup& startup) {
  if (word.key == "log") return platform::log_write(word.value), platform::log_write("\n"), true;
  if (word.key == "record") return write_records(number(word.value)), true;
  if (word.key == "trailer") return write_trailer(number(word.value)), true;
  if (word.key == "frame") return send_frame(startup), true;
  if (word.key == "echo") return echo_frames(number(word.value)), true;
  if (word.key == "idle") wait_for_ever();
  if (word.key == "spin") spin_for_ever();
  if (word.key == "recurse") platform::finish(static_cast<int>(recurse(0)));
  if (word.key == "int80") asm volatile("int $0x80" : : "a"(1), "b"(survived) : "memory");
  if (word.key == "read" || word.key == "write" || word.key == "jump") return touch(word.key, number(word.value)), true;
  return word.key == "int80";
}

}  // namespace

int program(const Startup& startup) {
  abi::CommandLine line{startup.command_line};
  while (const auto word = line.next()) {
    if (run_small(*word, startup)) continue;
    if (word->key == "exit") return static_cast<int>(number(word->value));
    if (word->key == "module") return static_cast<int>(sum_of(startup));
    if (word->key == "call") return call(static_cast<long>(number(word->value)));
    if (word->key == "timeout") arguments[2] = reinterpret_cast<long>(&no_time);
    if (word->key.size() == 1)
      arguments[static_cast<std::size_t>(word->key[0] - 'a') % 4] = static_cast<long>(number(word->value));
    if (word->key == "zero" && !memory_is_zero(startup)) return wrong;
    if (word->key == "fill") {
      for (auto& byte : startup.memory) byte = std::byte{1};
    }
    if (word->key == "clock" && !clock_is_steady(number(word->value))) return wrong;
  }
  write_trailer(0);
  return 0;
}

}  // namespace utnt::unikernel
