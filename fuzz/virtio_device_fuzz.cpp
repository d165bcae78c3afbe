// SPDX-License-Identifier: BSD-2-Clause
// A device that does what the input says, against the drivers that ship: features, queue sizes and configuration of any
// value, used entries with any id and length, index jumps, any bytes in buffers, answers at any time. The drivers may
// give up; they may not touch what is not theirs, hand out frames that are not whole, or wait for ever.
#include <memory>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/hostile_device.hpp"
#include "unikernel/virtio/block.hpp"
#include "unikernel/virtio/console.hpp"
#include "unikernel/virtio/entropy.hpp"
#include "unikernel/virtio/net.hpp"

namespace utnt {
namespace {

using fuzz::HostileDevice;
using fuzz::HostileRegisters;
namespace virtio = unikernel::virtio;

/// Exactly as much as the driver asks for, so that the sanitizer sees a step beyond.
class DriverMemory {
 public:
  explicit DriverMemory(std::size_t bytes)
      : bytes_{bytes}, memory_{static_cast<std::byte*>(::operator new(bytes, alignment))} {
    fill_zero(span());
  }
  DriverMemory(const DriverMemory&) = delete;
  DriverMemory& operator=(const DriverMemory&) = delete;
  ~DriverMemory() { ::operator delete(memory_, alignment); }
  [[nodiscard]] MutableBytes span() const { return {memory_, bytes_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  std::size_t bytes_;
  std::byte* memory_;
};

void drive_net(HostileDevice& device) {
  using Card = virtio::Net<HostileRegisters>;
  const virtio::NetSizes sizes{device.next8() % 2 == 0 ? std::size_t{24 * 1024} : std::size_t{96 * 1024}, 16};
  const DriverMemory memory{Card::memory_needed(sizes)};
  const auto card = std::make_unique<Card>();
  if (!card->start(HostileRegisters{device}, memory.span(), sizes)) return;
  std::array<std::byte, unikernel::frame_bytes_max> bytes{};
  std::array<unikernel::Frame, 16> frames;
  while (!device.is_exhausted()) {
    device.act();
    switch (device.next8() % 4) {
      case 0: {
        const auto length = device.next16() % (bytes.size() + 1);
        const std::array<unikernel::Frame, 2> burst{{{MutableBytes{bytes}.first(length), {}, 0}, {bytes, {}, 0}}};
        UTNT_ASSERT(card->transmit(burst) <= 2);
        break;
      }
      case 1: {
        const auto count = card->receive(std::span{frames}.first(1 + device.next8() % frames.size()), {}, 0);
        for (unsigned i = 0; i < count; ++i) {
          fuzz::expect_inside(frames[i].bytes, memory.span());
          UTNT_ASSERT(!frames[i].bytes.empty());
          UTNT_ASSERT(frames[i].bytes.size() <= unikernel::frame_bytes_max);
          fuzz::touch(frames[i].bytes);
        }
        break;
      }
      case 2:
        static_cast<void>(card->arm());
        break;
      default:
        card->silence();
    }
  }
}

void drive_console(HostileDevice& device) {
  using Console = virtio::Console<HostileRegisters>;
  const DriverMemory memory{Console::memory_needed};
  Console console;
  if (!console.start(HostileRegisters{device}, memory.span())) return;
  const std::array<std::byte, 100> bytes{};
  while (!device.is_exhausted())
    if (!console.write(ConstBytes{bytes}.first(device.next8() % 100), [&] { device.act_or_break(); })) return;
}

void drive_block(HostileDevice& device) {
  using Disk = virtio::Block<HostileRegisters>;
  const DriverMemory memory{Disk::memory_needed};
  Disk disk;
  if (!disk.start(HostileRegisters{device}, memory.span())) return;
  const auto sleep = [&] { device.act_or_break(); };
  while (!device.is_exhausted()) {
    device.act();
    if (device.next8() % 8 == 0 && !disk.flush(sleep)) return;
    const auto room = disk.reserve(sleep);
    if (room.empty()) return;
    UTNT_ASSERT(room.size() == Disk::block_bytes);
    fuzz::expect_inside(room, memory.span());
    fill_zero(room);
    disk.write(device.next16());
    disk.push();
  }
}

void drive_entropy(HostileDevice& device) {
  using Source = virtio::Entropy<HostileRegisters>;
  const DriverMemory memory{Source::memory_needed};
  const DriverMemory out{32};
  static_cast<void>(Source::read(HostileRegisters{device}, memory.span(), out.span(), [&] {
    device.act();
    return !device.is_exhausted();
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  HostileDevice device{fuzz::input_bytes(data, size)};
  switch (device.next8() % 4) {
    case 0:
      drive_net(device);
      break;
    case 1:
      drive_console(device);
      break;
    case 2:
      drive_block(device);
      break;
    default:
      drive_entropy(device);
  }
  return 0;
}

}  // namespace utnt
