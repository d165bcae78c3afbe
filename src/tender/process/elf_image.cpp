// SPDX-License-Identifier: BSD-2-Clause
// The numbers are those of the ELF specification and of its x86-64 supplement.
#include "tender/process/elf_image.hpp"

namespace utnt::tender {
namespace {

constexpr std::size_t header_bytes = 64, program_header_bytes = 56;
constexpr std::uint64_t type_executable = 2, machine_x86_64 = 62;
constexpr std::uint64_t segment_load = 1, segment_dynamic = 2, segment_interpreter = 3, segment_note = 4,
                        segment_thread_local = 7;
constexpr std::uint64_t flag_execute = 1, flag_write = 2;

constexpr std::uint64_t page_of(std::uint64_t address) { return address & ~(page_bytes - 1); }

ImageFault check_header(ConstBytes head) {
  constexpr std::uint64_t magic = 0x464c'457f, class_64 = 2, little_endian = 1;
  if (head.size() < 20 || load_le(head, 0, 4) != magic) return ImageFault::not_elf;
  if (load_le(head, 4, 1) != class_64 || load_le(head, 5, 1) != little_endian || load_le(head, 18, 2) != machine_x86_64)
    return ImageFault::other_machine;
  if (head.size() < header_bytes) return ImageFault::truncated;
  if (load_le(head, 16, 2) != type_executable) return ImageFault::not_static;
  if (load_le(head, 54, 2) != program_header_bytes) return ImageFault::not_elf;
  return ImageFault::none;
}

ImageFault check_segment(const Segment& segment, std::uint64_t file_bytes) {
  if (segment.file_bytes > segment.memory_bytes) return ImageFault::bad_address;
  if (segment.file_offset > file_bytes || segment.file_bytes > file_bytes - segment.file_offset)
    return ImageFault::truncated;
  if (segment.address < lowest_address || segment.address >= highest_address ||
      segment.memory_bytes > highest_address - segment.address)
    return ImageFault::bad_address;
  // The same place in its page in the file and in memory, so that it can be mapped.
  if ((segment.address - segment.file_offset) % page_bytes != 0) return ImageFault::bad_address;
  if (segment.is_writable && segment.is_executable) return ImageFault::writable_code;
  return ImageFault::none;
}

ImageFault add(ImageLayout& layout, const Segment& segment, std::uint64_t file_bytes) {
  if (const auto fault = check_segment(segment, file_bytes); fault != ImageFault::none) return fault;
  // In rising order, no two in one page: each page has one protection.
  if (layout.segment_count == ImageLayout::segments_max) return ImageFault::bad_address;
  if (layout.segment_count != 0 && page_of(segment.address) < layout.end) return ImageFault::bad_address;
  if (layout.segment_count == 0) layout.begin = page_of(segment.address);
  layout.end = page_of(segment.address + segment.memory_bytes + page_bytes - 1);
  layout.segments[layout.segment_count++] = segment;
  return ImageFault::none;
}

bool entry_is_code(const ImageLayout& layout) {
  for (unsigned i = 0; i < layout.segment_count; ++i) {
    const auto& segment = layout.segments[i];
    if (segment.is_executable && layout.entry >= segment.address && layout.entry - segment.address < segment.file_bytes)
      return true;
  }
  return false;
}

// The note names the entry of virtual machines. Asked for before the segments are: those of such an image may share
// pages, which says nothing to whoever took the wrong file.
bool has_note(ConstBytes head, std::uint64_t table, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (load_le(head, static_cast<std::size_t>(table + i * program_header_bytes), 4) == segment_note) return true;
  return false;
}

ImageFault read_segments(ImageLayout& layout, ConstBytes head, std::uint64_t file_bytes) {
  const auto table = load_le(head, 32, 8);
  const auto count = load_le(head, 56, 2);
  if (table > head.size() || count * program_header_bytes > head.size() - table) return ImageFault::truncated;
  if (has_note(head, table, count)) return ImageFault::for_virtual_machine;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto at = head.subspan(static_cast<std::size_t>(table + i * program_header_bytes), program_header_bytes);
    const auto type = load_le(at, 0, 4);
    const auto flags = load_le(at, 4, 4);
    if (type == segment_dynamic || type == segment_interpreter || type == segment_thread_local)
      return ImageFault::not_static;
    if (type != segment_load) continue;
    const Segment segment{.address = load_le(at, 16, 8),
                          .memory_bytes = load_le(at, 40, 8),
                          .file_offset = load_le(at, 8, 8),
                          .file_bytes = load_le(at, 32, 8),
                          .is_writable = (flags & flag_write) != 0,
                          .is_executable = (flags & flag_execute) != 0};
    if (segment.memory_bytes == 0) continue;
    if (const auto fault = add(layout, segment, file_bytes); fault != ImageFault::none) return fault;
  }
  return ImageFault::none;
}

}  // namespace

const char* describe(ImageFault fault) {
  switch (fault) {
    case ImageFault::none:
      return "is in order";
    case ImageFault::not_elf:
      return "is not an ELF file";
    case ImageFault::other_machine:
      return "is made for another kind of machine than x86-64";
    case ImageFault::not_static:
      return "is not a static program at fixed addresses";
    case ImageFault::for_virtual_machine:
      return "is made for virtual machines; the process tender wants NAME-process";
    case ImageFault::for_process:
      return "has no entry for virtual machines; they want NAME.elf";
    case ImageFault::truncated:
      return "is cut off";
    case ImageFault::bad_address:
      return "has segments that overlap, or lie where none may";
    case ImageFault::writable_code:
      return "has a segment that is both writable and executable";
    case ImageFault::bad_entry:
      return "has no code at its entry point";
  }
  return "has an unknown fault";
}

ImageLayout read_image_layout(ConstBytes head, std::uint64_t file_bytes) {
  ImageLayout layout;
  layout.fault = check_header(head);
  if (layout.fault != ImageFault::none) return layout;
  layout.entry = load_le(head, 24, 8);
  layout.fault = read_segments(layout, head, file_bytes);
  if (layout.fault == ImageFault::none && !entry_is_code(layout)) layout.fault = ImageFault::bad_entry;
  return layout;
}

ImageFault check_machine_image(ConstBytes head, std::uint64_t file_bytes) {
  if (const auto fault = check_header(head); fault != ImageFault::none) return fault;
  const auto table = load_le(head, 32, 8);
  const auto count = load_le(head, 56, 2);
  if (table > head.size() || count * program_header_bytes > head.size() - table) return ImageFault::truncated;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto at = head.subspan(static_cast<std::size_t>(table + i * program_header_bytes), program_header_bytes);
    const auto offset = load_le(at, 8, 8), bytes = load_le(at, 32, 8);
    if (offset > file_bytes || bytes > file_bytes - offset) return ImageFault::truncated;
  }
  return has_note(head, table, count) ? ImageFault::none : ImageFault::for_process;
}

}  // namespace utnt::tender
