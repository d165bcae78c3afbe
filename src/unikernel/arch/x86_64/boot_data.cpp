// SPDX-License-Identifier: BSD-2-Clause
// The start information of the two boot protocols, read into one structure. Everything in it comes from the monitor
// that runs us and can do anything to us, so it is read with care for mistakes, not for malice. Source: the unikernel
// specification, sections 2.2 and 2.3.
#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"
#include "unikernel/vm/start.hpp"

extern "C" {
extern char _end[];
extern const std::uint64_t utnt_entry_ticks;
}

namespace utnt::unikernel::arch {
namespace {

constexpr std::uint64_t mapped_end = std::uint64_t{1} << 30;
constexpr std::size_t command_line_bytes_max = 65'536;
constexpr std::uint64_t alignment = 64;

enum class Entry : std::uint32_t { pvh = 1, linux_protocol = 2 };

struct Range {
  std::uint64_t begin{0};
  std::uint64_t end{0};
  [[nodiscard]] std::uint64_t size() const { return end > begin ? end - begin : 0; }
};

std::uint64_t read_memory(std::uint64_t address, std::size_t width) {
  return load_le({reinterpret_cast<const std::byte*>(address), width}, 0, width);
}

/// Collects what is in memory, then says what is left of it.
class Collector {
 public:
  void add_ram(std::uint64_t base, std::uint64_t size, std::uint32_t type) {
    const auto image_end = reinterpret_cast<std::uint64_t>(_end);
    if (type != 1 || size == 0 || base >= mapped_end) return;
    const auto end = size < mapped_end - base ? base + size : mapped_end;
    if (base <= image_end && image_end < end) free_ = {image_end, end};
  }
  void add_command_line(std::uint64_t address) {
    if (address == 0 || address >= mapped_end) return;
    const auto* const text = reinterpret_cast<const char*>(address);
    std::size_t length = 0;
    while (length < command_line_bytes_max && text[length] != 0) ++length;
    data_.command_line = {text, length};
  }
  void add_module(std::uint64_t address, std::uint64_t size) {
    if (size == 0 || address >= mapped_end || size > mapped_end - address || data_.module_count == boot_modules_max)
      return;
    data_.modules[data_.module_count++] = {reinterpret_cast<const std::byte*>(address), size};
  }
  BootData finish() {
    take_away({reinterpret_cast<std::uint64_t>(data_.command_line.data()), data_.command_line.size()});
    for (unsigned i = 0; i < data_.module_count; ++i)
      take_away({reinterpret_cast<std::uint64_t>(data_.modules[i].data()), data_.modules[i].size()});
    free_.begin = (free_.begin + alignment - 1) & ~(alignment - 1);
    data_.memory = {reinterpret_cast<std::byte*>(free_.begin), free_.size()};
    data_.entry_ticks = utnt_entry_ticks;
    return data_;
  }

 private:
  struct Taken {
    std::uint64_t address;
    std::uint64_t size;
  };
  void take_away(Taken taken) {
    if (taken.address >= free_.end || taken.address + taken.size <= free_.begin) return;
    const Range before{free_.begin, taken.address}, after{taken.address + taken.size, free_.end};
    free_ = before.size() >= after.size() ? before : after;
  }

  BootData data_;
  Range free_;
};

void read_pvh(std::uint64_t info, Collector& found) {
  constexpr std::uint64_t magic = 0x336e'c578;
  if (read_memory(info, 4) != magic) return;
  const auto version = read_memory(info + 4, 4), modules = read_memory(info + 12, 4);
  found.add_command_line(read_memory(info + 24, 8));
  for (std::uint64_t i = 0, at = read_memory(info + 16, 8); i < modules && i < boot_modules_max; ++i, at += 32)
    found.add_module(read_memory(at, 8), read_memory(at + 8, 8));
  if (version < 1) return;
  constexpr std::uint64_t entries_max = 128;
  const auto entries = read_memory(info + 48, 4);
  for (std::uint64_t i = 0, at = read_memory(info + 40, 8); i < entries && i < entries_max; ++i, at += 24)
    found.add_ram(read_memory(at, 8), read_memory(at + 8, 8), static_cast<std::uint32_t>(read_memory(at + 16, 4)));
}

void read_linux(std::uint64_t zero_page, Collector& found) {
  constexpr std::uint64_t header_magic = 0x5372'6448;  // "HdrS"
  if (read_memory(zero_page + 0x202, 4) != header_magic) return;
  found.add_command_line(read_memory(zero_page + 0x228, 4));
  found.add_module(read_memory(zero_page + 0x218, 4), read_memory(zero_page + 0x21c, 4));
  constexpr std::uint64_t entries_max = 128;
  const auto entries = read_memory(zero_page + 0x1e8, 1);
  for (std::uint64_t i = 0, at = zero_page + 0x2d0; i < entries && i < entries_max; ++i, at += 20)
    found.add_ram(read_memory(at, 8), read_memory(at + 8, 8), static_cast<std::uint32_t>(read_memory(at + 16, 4)));
}

}  // namespace
}  // namespace utnt::unikernel::arch

/// The first C++: called by entry.S with what the loader passed in a register.
extern "C" [[noreturn]] void utnt_machine_entry(std::uint64_t information, utnt::unikernel::arch::Entry entry) {
  using namespace utnt::unikernel::arch;  // the function has C linkage and so stands outside
  Collector found;
  if (entry == Entry::pvh) {
    read_pvh(information, found);
  } else {
    read_linux(information, found);
  }
  utnt::unikernel::vm::start(found.finish());
}
