// SPDX-License-Identifier: BSD-2-Clause
// What the process tender must know of an image file: a static x86-64 program at fixed addresses, no segment both
// writable and executable. Anything else is refused with its reason. Read by the launcher, for a clear message, and
// again by utnt-tender, which believes nobody. Source: System V ABI, chapter 4 and 5; the unikernel specification, 2.1.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace utnt::tender {

inline constexpr std::uint64_t page_bytes = 4096;
/// Where images may lie: above what Linux keeps free at 0, below utnt-tender itself.
inline constexpr std::uint64_t lowest_address = 0x1'0000, highest_address = 0x1'0000'0000;
/// How much of the file's beginning read_image_layout() wants to see.
inline constexpr std::size_t image_head_bytes = 4096;

enum class ImageFault : std::uint8_t {
  none,
  not_elf,
  other_machine,
  not_static,
  for_virtual_machine,
  for_process,
  truncated,
  bad_address,
  writable_code,
  bad_entry,
};

/// A phrase that fits behind "the image ".
const char* describe(ImageFault fault);

struct Segment {
  std::uint64_t address{0};
  std::uint64_t memory_bytes{0};
  std::uint64_t file_offset{0};
  std::uint64_t file_bytes{0};
  bool is_writable{false};
  bool is_executable{false};
};

struct ImageLayout {
  static constexpr unsigned segments_max = 8;
  ImageFault fault{ImageFault::none};
  std::array<Segment, segments_max> segments{};
  unsigned segment_count{0};
  std::uint64_t entry{0};
  std::uint64_t begin{0};  ///< page of the first byte
  std::uint64_t end{0};    ///< page after the last byte
};

inline constexpr std::uint64_t stack_bytes = 64 * 1024;

/// How much of the granted memory is spoken for: the image itself, its input, a guard page, the stack, and the command
/// line and boot information at the stack's top. The rest is free for the program.
constexpr std::uint64_t memory_needed(const ImageLayout& layout, std::uint64_t command_line_bytes,
                                      std::uint64_t module_bytes) {
  const auto pages = [](std::uint64_t bytes) { return (bytes + page_bytes - 1) / page_bytes * page_bytes; };
  return layout.end - layout.begin + pages(module_bytes) + page_bytes + stack_bytes + pages(command_line_bytes + 1);
}

/// `head` holds the first image_head_bytes of a file of `file_bytes`, or all of it.
ImageLayout read_image_layout(ConstBytes head, std::uint64_t file_bytes);

/// The same for an image that a virtual machine is to boot: the note that tells a monitor its entry must be there.
ImageFault check_machine_image(ConstBytes head, std::uint64_t file_bytes);

}  // namespace utnt::tender
