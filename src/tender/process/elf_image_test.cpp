// SPDX-License-Identifier: BSD-2-Clause
// Image files made here, field by field, from the ELF specification.
#include "tender/process/elf_image.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace utnt::tender {
namespace {

struct Load {
  std::uint64_t offset, address, file_bytes, memory_bytes;
  std::uint32_t flags;
  std::uint32_t type{1};
};
constexpr std::uint32_t execute = 1, write = 2, read = 4;

std::vector<std::byte> image(std::uint64_t entry, const std::vector<Load>& loads) {
  std::vector<std::byte> bytes(64 + 56 * loads.size());
  const MutableBytes out{bytes};
  store_le(out, 0, 4, 0x464c457f);  // 0x7f E L F
  store_le(out, 4, 1, 2);           // 64 bits
  store_le(out, 5, 1, 1);           // little endian
  store_le(out, 16, 2, 2);          // ET_EXEC
  store_le(out, 18, 2, 62);         // EM_X86_64
  store_le(out, 24, 8, entry);
  store_le(out, 32, 8, 64);
  store_le(out, 54, 2, 56);
  store_le(out, 56, 2, loads.size());
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const auto at = out.subspan(64 + 56 * i, 56);
    store_le(at, 0, 4, loads[i].type);
    store_le(at, 4, 4, loads[i].flags);
    store_le(at, 8, 8, loads[i].offset);
    store_le(at, 16, 8, loads[i].address);
    store_le(at, 32, 8, loads[i].file_bytes);
    store_le(at, 40, 8, loads[i].memory_bytes);
  }
  return bytes;
}

const Load code{0x1000, 0x10'0000, 0x800, 0x800, read | execute};
const Load data{0x2010, 0x10'2010, 0x100, 0x3000, read | write};
constexpr std::uint64_t file_bytes = 0x3000;

ImageFault fault_of(std::uint64_t entry, const std::vector<Load>& loads) {
  return read_image_layout(image(entry, loads), file_bytes).fault;
}

TEST(ElfImage, finds_segments_entry_and_the_pages_between) {
  const auto layout = read_image_layout(image(0x10'0010, {code, data}), file_bytes);
  ASSERT_EQ(layout.fault, ImageFault::none);
  EXPECT_EQ(layout.segment_count, 2U);
  EXPECT_EQ(layout.entry, 0x10'0010U);
  EXPECT_EQ(layout.begin, 0x10'0000U);
  EXPECT_EQ(layout.end, 0x10'6000U);  // 0x102010 + 0x3000 lies in the page at 0x105000
  EXPECT_TRUE(layout.segments[0].is_executable);
  EXPECT_FALSE(layout.segments[0].is_writable);
  EXPECT_TRUE(layout.segments[1].is_writable);
  EXPECT_FALSE(layout.segments[1].is_executable);
}

TEST(ElfImage, refuses_segments_that_cannot_be_protected_or_placed) {
  auto both = code;
  both.flags = read | write | execute;
  EXPECT_EQ(fault_of(0x10'0010, {both}), ImageFault::writable_code);
  auto same_page = data;
  same_page.offset = 0x1900;
  same_page.address = 0x10'0900;
  EXPECT_EQ(fault_of(0x10'0010, {code, same_page}), ImageFault::bad_address);
  EXPECT_EQ(fault_of(0x10'0010, {data, code}), ImageFault::bad_address);
  auto low = code;
  low.address = 0;
  EXPECT_EQ(fault_of(0x10, {low}), ImageFault::bad_address);
  auto high = code;
  high.address = 0x2'0000'0000;  // where utnt-tender lies
  EXPECT_EQ(fault_of(0x2'0000'0010, {high}), ImageFault::bad_address);
  auto wraps = data;
  wraps.memory_bytes = ~std::uint64_t{0};
  EXPECT_EQ(fault_of(0x10'0010, {code, wraps}), ImageFault::bad_address);
  auto shifted = code;
  shifted.offset = 0x1001;
  EXPECT_EQ(fault_of(0x10'0010, {shifted}), ImageFault::bad_address);
  auto larger_in_file = code;
  larger_in_file.memory_bytes = 0x10;
  EXPECT_EQ(fault_of(0x10'0010, {larger_in_file}), ImageFault::bad_address);
}

TEST(ElfImage, refuses_what_the_file_does_not_hold) {
  auto cut = code;
  cut.offset = 0x2000;
  cut.address = 0x10'0000;
  cut.file_bytes = cut.memory_bytes = 0x1001;
  EXPECT_EQ(fault_of(0x10'0010, {cut}), ImageFault::truncated);
  cut.offset = ~std::uint64_t{0xfff};
  EXPECT_EQ(fault_of(0x10'0010, {cut}), ImageFault::truncated);
  auto bytes = image(0x10'0010, {code});
  store_le(bytes, 56, 2, 200);  // more program headers than the head has room for
  EXPECT_EQ(read_image_layout(bytes, file_bytes).fault, ImageFault::truncated);
  store_le(bytes, 32, 8, ~std::uint64_t{0});
  EXPECT_EQ(read_image_layout(bytes, file_bytes).fault, ImageFault::truncated);
}

TEST(ElfImage, refuses_programs_of_other_kinds) {
  for (const std::uint32_t type : {2U, 3U, 7U}) {  // PT_DYNAMIC, PT_INTERP, PT_TLS
    auto other = code;
    other.type = type;
    EXPECT_EQ(fault_of(0x10'0010, {other, code}), ImageFault::not_static) << type;
  }
  auto note = code;
  note.type = 4;
  EXPECT_EQ(fault_of(0x10'0010, {code, note}), ImageFault::for_virtual_machine);
  EXPECT_EQ(fault_of(0x10'0010, {code, code, note}),
            ImageFault::for_virtual_machine);  // segments that share a page too
  EXPECT_EQ(fault_of(0x10'2020, {code, data}), ImageFault::bad_entry);
  EXPECT_EQ(fault_of(0x10'0800, {code, data}), ImageFault::bad_entry);
  EXPECT_EQ(fault_of(0, {}), ImageFault::bad_entry);
}

TEST(ElfImage, reads_any_prefix_without_looking_beyond_it) {
  const auto bytes = image(0x10'0010, {code, data});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(read_image_layout(part, length).fault, ImageFault::none) << length;
  }
}

TEST(ElfImage, is_for_a_machine_only_with_the_note_that_tells_a_monitor_where_to_enter) {
  constexpr std::uint32_t note = 4;
  const auto fault = [](std::vector<std::byte> bytes, std::uint64_t size) { return check_machine_image(bytes, size); };
  const Load text{0, 0x100000, 4096, 4096, read | execute};
  const auto good = image(0x100000, {text, Load{64, 0x100040, 20, 20, read, note}});
  EXPECT_EQ(fault(good, 4096), ImageFault::none);
  EXPECT_EQ(fault(good, 4095), ImageFault::truncated);
  EXPECT_EQ(fault(image(0x100000, {text}), 4096), ImageFault::for_process);
  EXPECT_EQ(fault({}, 0), ImageFault::not_elf);
  EXPECT_EQ(fault({good.begin(), good.begin() + 100}, 100), ImageFault::truncated);
  auto arm = good;
  arm[18] = std::byte{183};
  EXPECT_EQ(fault(arm, 4096), ImageFault::other_machine);
}

}  // namespace
}  // namespace utnt::tender
