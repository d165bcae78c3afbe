// SPDX-License-Identifier: BSD-2-Clause
// The image in memory: segments where they were linked, each page with one protection, free memory above, then the
// input, an unmapped guard page, and the stack with the boot information at its top. All of it lies in the
// `memory_bytes` that the user granted, counted from the image's first page.
#pragma once

#include <cstdint>
#include <span>

#include "tender/process/arguments.hpp"
#include "tender/process/elf_image.hpp"

namespace utnt::tender::program {

struct Loaded {
  std::uint64_t entry{0};
  abi::BootInfo* info{nullptr};  ///< at the top of the stack: memory, input and command line are filled in
  std::uint64_t stack{0};        ///< below the boot information and the command line
};

/// Maps the rings of the packet sockets above the memory, and notes in `nics` where. They are the kernel's memory and
/// do not count as the image's.
void map_rings(std::span<abi::BootNic> nics, std::uint64_t above);

/// Fails, with its reason, when the image, the input and the stack do not fit.
Loaded load(const Arguments& arguments);

}  // namespace utnt::tender::program
