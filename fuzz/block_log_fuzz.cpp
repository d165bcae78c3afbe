// SPDX-License-Identifier: BSD-2-Clause
// A block log of any bytes, cut anywhere: what the reader hands out is the payload of blocks that stand in the file,
// read at once or while it grows. The first byte says how the file grows, the second which blocks get a right checksum.
#include <algorithm>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "results/block_log_reader.hpp"

namespace utnt {
namespace {

/// Small inputs make whole blocks: each 32 bytes are a header and the beginning of a payload.
constexpr std::size_t seed_bytes = 32;

std::vector<std::byte> disk_of(ConstBytes input, std::uint8_t sealed) {
  std::vector<std::byte> disk(input.size() / seed_bytes * abi::block_bytes + input.size() % seed_bytes);
  for (std::size_t i = 0; i < input.size() / seed_bytes; ++i) {
    const auto block = MutableBytes{disk}.subspan(i * abi::block_bytes, abi::block_bytes);
    copy_bytes(block, input.subspan(i * seed_bytes, seed_bytes));
    if ((sealed >> (i % 8) & 1) == 0) continue;
    const auto length = load_le(block, 16, 4) % (abi::block_payload_max + 1);
    abi::seal_block(block, length, static_cast<std::uint32_t>(load_le(block, 4, 4)), load_le(block, 8, 8) % 2);
  }
  return disk;
}

std::vector<std::byte> read(ConstBytes disk, std::size_t step) {
  std::size_t visible = 0;
  std::vector<std::byte> stream;
  results::BlockLogReader reader{[&](std::uint64_t offset, MutableBytes out) -> std::size_t {
                                   if (offset >= visible) return 0;
                                   const auto part = std::min<std::size_t>(out.size(), visible - offset);
                                   copy_bytes(out, disk.subspan(offset, part));
                                   return part;
                                 },
                                 [&](ConstBytes bytes) { stream.insert(stream.end(), bytes.begin(), bytes.end()); }};
  while (visible < disk.size()) {
    visible += std::min(step, disk.size() - visible);
    reader.follow();
  }
  reader.finish();
  const auto& counts = reader.counts();
  UTNT_ASSERT(counts.payload_bytes == stream.size());
  UTNT_ASSERT((counts.blocks + counts.missing + counts.foreign) * abi::block_bytes <= disk.size());
  UTNT_ASSERT(reader.offset() <= disk.size());
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto disk = disk_of(fuzz::input_bytes(data, size).subspan(2), data[1]);
  const auto at_once = read(disk, disk.size() + 1);
  UTNT_ASSERT(read(disk, 1 + std::size_t{data[0]} * 97) == at_once);
  return 0;
}

}  // namespace utnt
