// SPDX-License-Identifier: BSD-2-Clause
// The entry maps everything writable and executable, because 32-bit code does not handle 64-bit entries well. This
// takes back what nobody needs. Source: the unikernel specification, section 2.5.
#include "unikernel/arch/x86_64/paging.hpp"

#include <array>
#include <cstdint>

#include "unikernel/arch/x86_64/cpu.hpp"

extern "C" {
// From the linker script and entry.S; only the addresses mean something.
extern char utnt_text_end[], utnt_data_begin[], utnt_guard[];
extern std::uint64_t utnt_directory[512], utnt_device_directory[512];
}

namespace utnt::unikernel::arch {
namespace {

constexpr std::uint64_t present = 1, writable = 2, no_execute = std::uint64_t{1} << 63;
constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t image_base = 0x10'0000;
constexpr std::uint32_t msr_efer = 0xc000'0080;
constexpr std::uint64_t efer_no_execute = 0x800;

alignas(4096) constinit std::array<std::uint64_t, 512> first_table{};

std::uint64_t address_of(const char* symbol) { return reinterpret_cast<std::uint64_t>(symbol); }

}  // namespace

void protect_pages() {
  const auto never = (read_msr(msr_efer) & efer_no_execute) != 0 ? no_execute : 0;
  for (std::uint64_t i = 0; i < first_table.size(); ++i) {
    const auto at = i * page_bytes;
    auto entry = at | present | writable | never;
    if (at >= image_base && at < address_of(utnt_text_end)) {
      entry = at | present;
    } else if (at >= image_base && at < address_of(utnt_data_begin)) {
      entry = at | present | never;
    }
    if (at == 0 || at == address_of(utnt_guard)) entry = 0;
    first_table[i] = entry;
  }
  utnt_directory[0] = reinterpret_cast<std::uint64_t>(first_table.data()) | present | writable;
  for (unsigned i = 1; i < 512; ++i) utnt_directory[i] |= never;
  for (auto& entry : utnt_device_directory) entry |= never;
  asm volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" : : : "rax", "memory");
}

}  // namespace utnt::unikernel::arch
