// SPDX-License-Identifier: BSD-2-Clause
// Code and data come from the file's pages, which all instances of one image share until they write to them.
#include "tender/process/program/load.hpp"

#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "tender/process/program/kernel.hpp"

namespace utnt::tender::program {
namespace {

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + page_bytes - 1) & ~(page_bytes - 1); }
constexpr std::uint64_t round_down(std::uint64_t value) { return value & ~(page_bytes - 1); }

std::byte* pointer(std::uint64_t address) { return reinterpret_cast<std::byte*>(address); }

/// Closed with everything else that is not the image's, later.
struct File {
  std::int32_t fd{-1};
  std::uint64_t bytes{0};
};

File open_file(std::string_view name) {
  File file{.fd = descriptor_of(name)};
  if (file.fd < 0)
    file.fd = static_cast<std::int32_t>(
        require(call_kernel(__NR_open, name.data(), O_RDONLY | O_CLOEXEC), "cannot open ", name));
  struct stat status;
  require(call_kernel(__NR_fstat, file.fd, &status), "cannot examine ", name);
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

/// Reads up to out.size() bytes; how many there were.
std::size_t read_at(const File& file, MutableBytes out, std::uint64_t offset, std::string_view name) {
  std::size_t done = 0;
  while (done < out.size()) {
    const long got = require(call_kernel(__NR_pread64, file.fd, out.data() + done, out.size() - done, offset + done),
                             "cannot read ", name);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void map(std::uint64_t begin, std::uint64_t end, int protection, const File* file = nullptr, std::uint64_t offset = 0) {
  if (end == begin) return;
  const int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE | (file != nullptr ? 0 : MAP_ANONYMOUS | MAP_NORESERVE);
  require(call_kernel(__NR_mmap, begin, end - begin, protection, flags, file != nullptr ? file->fd : -1, offset),
          "cannot map the image's memory");
}

void map_segment(const File& file, const Segment& segment) {
  const int protection = PROT_READ | (segment.is_writable ? PROT_WRITE : 0) | (segment.is_executable ? PROT_EXEC : 0);
  const auto begin = round_down(segment.address);
  const auto file_end = segment.address + segment.file_bytes;
  const auto file_pages_end = segment.file_bytes == 0 ? begin : round_up(file_end);
  map(begin, file_pages_end, protection, &file, round_down(segment.file_offset));
  map(file_pages_end, round_up(segment.address + segment.memory_bytes), protection);
  // The file's last page holds bytes behind the segment; they would stand where zeros must.
  if (segment.is_writable) {
    for (auto at = file_end; at < file_pages_end; ++at) *pointer(at) = std::byte{0};
  }
}

ImageLayout map_image(std::string_view name) {
  const auto file = open_file(name);
  std::byte head[image_head_bytes];
  const auto seen = read_at(file, head, 0, name);
  const auto layout = read_image_layout(ConstBytes{head}.first(seen), file.bytes);
  if (layout.fault != ImageFault::none) {
    fail(Status::bad_input, "the image ", name, " ", describe(layout.fault));
  }
  for (unsigned i = 0; i < layout.segment_count; ++i) map_segment(file, layout.segments[i]);
  return layout;
}

/// The input, in pages of its own, so that it can be protected. Its place ends at `end`; where it begins.
std::uint64_t read_module(const File& file, std::string_view name, std::uint64_t end, abi::BootInfo& info) {
  if (file.bytes == 0) return end;
  const auto begin = end - round_up(file.bytes);
  map(begin, end, PROT_READ | PROT_WRITE);
  info.module_base = begin;
  info.module_bytes = read_at(file, {pointer(begin), file.bytes}, 0, name);
  require(call_kernel(__NR_mprotect, begin, end - begin, PROT_READ), "cannot protect the input");
  return begin;
}

}  // namespace

void map_rings(std::span<abi::BootNic> nics, std::uint64_t above) {
  auto at = round_up(above) + page_bytes;
  for (auto& nic : nics) {
    if (nic.kind != abi::NicKind::ring) continue;
    constexpr int flags = MAP_SHARED | MAP_FIXED_NOREPLACE;
    require(call_kernel(__NR_mmap, at, nic.ring_bytes, PROT_READ | PROT_WRITE, flags, nic.fd, 0),
            "cannot map a packet ring");
    nic.ring_base = at;
    at += nic.ring_bytes + page_bytes;
  }
}

Loaded load(const Arguments& arguments) {
  const auto layout = map_image(arguments.image);
  const auto module = arguments.module_file.empty() ? File{} : open_file(arguments.module_file);
  const auto bytes = round_down(arguments.memory_bytes);
  const auto& text = arguments.command_line;
  if (bytes > highest_address - layout.begin || module.bytes > highest_address ||
      bytes < memory_needed(layout, text.size(), module.bytes))
    fail(Status::bad_input, "the memory is too small (or too large) for the image ", arguments.image);
  const auto stack_end = layout.begin + bytes;
  const auto stack_begin = stack_end - stack_bytes - round_up(text.size() + 1);
  map(stack_begin, stack_end, PROT_READ | PROT_WRITE);
  auto* const info = reinterpret_cast<abi::BootInfo*>(stack_end - sizeof(abi::BootInfo));
  *info = abi::BootInfo{};
  info->size = sizeof(abi::BootInfo);
  // The byte behind the text is zero already, as all of this memory.
  auto* const copy = reinterpret_cast<char*>(info) - text.size() - 1;
  __builtin_memcpy(copy, text.data(), text.size());
  info->command_line = reinterpret_cast<std::uint64_t>(copy);
  info->image_end = layout.end;
  const auto memory_end = read_module(module, arguments.module_file, stack_begin - page_bytes, *info);
  map(layout.end, memory_end, PROT_READ | PROT_WRITE);
  info->memory_base = layout.end;
  info->memory_bytes = memory_end - layout.end;
  constexpr std::uint64_t alignment = 16;
  return {.entry = layout.entry, .info = info, .stack = info->command_line & ~(alignment - 1)};
}

}  // namespace utnt::tender::program
