// SPDX-License-Identifier: BSD-2-Clause
// Makes QEMU look like Firecracker at the moment an image starts: takes the image as its module, loads it, lays out
// memory as Firecracker does, and enters. The first word of the command line says how: "linux" or "pvh"; the image gets
// the rest. It begins where images of the library OS begin, with entry.S. Source: the unikernel specification,
// sections 2.2, 2.3, 14.
#include <cstddef>
#include <cstdint>

extern "C" {
[[noreturn]] void shim_enter_linux(std::uint64_t entry);
[[noreturn]] void shim_enter_pvh(std::uint64_t entry);
[[noreturn]] void utnt_machine_entry(std::uint64_t information, std::uint32_t how);
}

namespace {

constexpr std::uint64_t gdt_at = 0x500, start_info_at = 0x6000, modules_at = 0x6040, zero_page_at = 0x7000,
                        map_at = 0x7000, tables_at = 0x9000, command_line_at = 0x20000;
constexpr std::uint64_t ram_begin = 0x10'0000, ram_bytes = 0x50'0000;  // up to the shim
constexpr std::uint64_t low_ram_bytes = 0x9'fc00;

template <class Word>
Word get(std::uint64_t address) {
  return *reinterpret_cast<const volatile Word*>(address);
}
template <class Word>
void put(std::uint64_t address, Word value) {
  asm volatile("" : "+r"(address));  // the compiler takes constant low addresses for mistakes
  *reinterpret_cast<volatile Word*>(address) = value;
}
void copy(std::uint64_t to, std::uint64_t from, std::uint64_t bytes) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}
void clear(std::uint64_t at, std::uint64_t bytes) {
  asm volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(0) : "memory");
}

struct Entries {
  std::uint64_t elf{0};
  std::uint64_t pvh{0};
};

/// Copies what the file holds, and leaves the rest as it is: fresh memory.
Entries load(std::uint64_t file) {
  constexpr std::uint32_t segment_load = 1, segment_note = 4;
  Entries entries{get<std::uint64_t>(file + 24)};
  auto header = file + get<std::uint64_t>(file + 32);
  for (unsigned left = get<std::uint16_t>(file + 56); left > 0; --left, header += 56) {
    const auto kind = get<std::uint32_t>(header);
    const auto data = file + get<std::uint64_t>(header + 8);
    if (kind == segment_load) copy(get<std::uint64_t>(header + 24), data, get<std::uint64_t>(header + 32));
    if (kind == segment_note) entries.pvh = get<std::uint32_t>(data + 16);
  }
  return entries;
}

void write_gdt(bool is_long) {
  put<std::uint64_t>(gdt_at, 0);
  put<std::uint64_t>(gdt_at + 8, is_long ? 0x00af9b000000ffff : 0x00cf9b000000ffff);
  put<std::uint64_t>(gdt_at + 16, 0x00cf93000000ffff);
  put<std::uint64_t>(gdt_at + 24, 0x008f8b000000ffff);
  put<std::uint64_t>(gdt_at + 32, 0);
}

/// Nothing but the first GiB is mapped: a device touched too early is a fault without a table, a reset.
void write_tables() {
  clear(tables_at, 0x3000);
  put<std::uint64_t>(tables_at, (tables_at + 0x1000) | 3);
  put<std::uint64_t>(tables_at + 0x1000, (tables_at + 0x2000) | 3);
  for (std::uint64_t i = 0; i < 512; ++i) put<std::uint64_t>(tables_at + 0x2000 + 8 * i, i << 21 | 0x83);
}

void write_zero_page(std::uint64_t command_line_bytes, std::uint64_t module, std::uint64_t module_bytes) {
  clear(zero_page_at, 0x1000);
  put<std::uint8_t>(zero_page_at + 0x1e8, 2);
  put<std::uint16_t>(zero_page_at + 0x1fe, 0xaa55);
  put<std::uint32_t>(zero_page_at + 0x202, 0x5372'6448);
  put<std::uint8_t>(zero_page_at + 0x210, 0xff);
  put<std::uint32_t>(zero_page_at + 0x218, static_cast<std::uint32_t>(module));
  put<std::uint32_t>(zero_page_at + 0x21c, static_cast<std::uint32_t>(module_bytes));
  put<std::uint32_t>(zero_page_at + 0x228, command_line_at);
  put<std::uint32_t>(zero_page_at + 0x238, static_cast<std::uint32_t>(command_line_bytes));
  put<std::uint64_t>(zero_page_at + 0x2d0, 0);
  put<std::uint64_t>(zero_page_at + 0x2d8, low_ram_bytes);
  put<std::uint32_t>(zero_page_at + 0x2e0, 1);
  put<std::uint64_t>(zero_page_at + 0x2e4, ram_begin);
  put<std::uint64_t>(zero_page_at + 0x2ec, ram_bytes);
  put<std::uint32_t>(zero_page_at + 0x2f4, 1);
}

void write_map_entry(unsigned index, std::uint64_t base, std::uint64_t bytes, std::uint32_t type) {
  const auto at = map_at + 24 * index;
  put<std::uint64_t>(at, base);
  put<std::uint64_t>(at + 8, bytes);
  put<std::uint64_t>(at + 16, type);
}

void write_start_info(std::uint64_t module, std::uint64_t module_bytes) {
  clear(start_info_at, 0x1000);
  put<std::uint32_t>(start_info_at, 0x336e'c578);
  put<std::uint32_t>(start_info_at + 4, 1);
  put<std::uint32_t>(start_info_at + 12, module_bytes != 0 ? 1 : 0);
  put<std::uint64_t>(start_info_at + 16, modules_at);
  put<std::uint64_t>(start_info_at + 24, command_line_at);
  put<std::uint64_t>(start_info_at + 40, map_at);
  put<std::uint32_t>(start_info_at + 48, 4);
  put<std::uint64_t>(modules_at, module);
  put<std::uint64_t>(modules_at + 8, module_bytes);
  write_map_entry(0, 0, low_ram_bytes, 1);
  write_map_entry(1, low_ram_bytes, ram_begin - low_ram_bytes, 2);
  write_map_entry(2, 0xeec0'0000, 0x1000'0000, 2);
  write_map_entry(3, ram_begin, ram_bytes, 1);
}

}  // namespace

void utnt_machine_entry(std::uint64_t information, std::uint32_t) {
  const auto module = get<std::uint64_t>(information + 16);
  const auto entries = load(get<std::uint64_t>(module));
  auto line = get<std::uint64_t>(information + 24);
  const bool is_linux = get<char>(line) == 'l';
  while (get<char>(line) != ' ') ++line;
  std::uint64_t length = 0;
  while (get<char>(line + 1 + length) != 0) ++length;
  copy(command_line_at, line + 1, length + 1);
  // The image's own module: its file again, where it is.
  const auto file = get<std::uint64_t>(module), file_bytes = get<std::uint64_t>(module + 8);
  write_gdt(is_linux);
  if (is_linux) {
    write_tables();
    write_zero_page(length, file, file_bytes);
    shim_enter_linux(entries.elf);
  }
  write_start_info(file, file_bytes);
  shim_enter_pvh(entries.pvh);
}
