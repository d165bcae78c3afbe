// SPDX-License-Identifier: BSD-2-Clause
// See block_log_reader.hpp.
#include "results/block_log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace utnt::results {
namespace {

constexpr std::size_t buffer_blocks = 16;
/// How far behind a block that is not whole another one is looked for: an image has fewer in flight at once.
constexpr std::uint32_t gap_max = 64;

}  // namespace

BlockLogReader::BlockLogReader(ReadAt read_at, Take take)
    : read_at_{std::move(read_at)}, take_{std::move(take)}, buffer_(buffer_blocks * abi::block_bytes) {}

BlockLogReader::Found BlockLogReader::look(std::uint32_t number) {
  const auto at = std::uint64_t{number} * abi::block_bytes;
  if (at < buffer_offset_ || at + abi::block_bytes > buffer_offset_ + buffer_filled_) {
    buffer_offset_ = at;
    buffer_filled_ = read_at_(at, buffer_);
  }
  if (buffer_filled_ == 0) return {State::end_of_file, {}, 0};
  const auto bytes = ConstBytes{buffer_}.first(buffer_filled_).subspan(at - buffer_offset_);
  const auto block = abi::read_block(bytes.first(std::min(bytes.size(), abi::block_bytes)));
  if (!block) return {block.error() == Error::not_found ? State::empty : State::torn, {}, 0};
  const bool is_ours = block->number == number && (!stream_ || *stream_ == block->stream);
  return {is_ours ? State::ours : State::foreign, block->payload, block->stream};
}

void BlockLogReader::take(const Found& found) {
  stream_ = found.stream;
  ++next_;
  ++counts_.blocks;
  counts_.payload_bytes += found.payload.size();
  if (!found.payload.empty()) take_(found.payload);
}

bool BlockLogReader::follow() {
  const auto before = counts_.blocks;
  buffer_filled_ = 0;  // what was read before may be older than what stands there now
  for (auto found = look(next_); found.state == State::ours; found = look(next_)) take(found);
  return counts_.blocks != before;
}

void BlockLogReader::count(State state) {
  switch (state) {
    case State::torn:
      ++counts_.torn;
      return;
    case State::empty:
      ++counts_.missing;
      return;
    case State::foreign:
      ++counts_.foreign;
      return;
    case State::ours:
    case State::end_of_file:
      return;
  }
}

void BlockLogReader::finish() {
  for (;;) {
    follow();
    std::vector<State> gap;
    auto found = look(next_);
    while (found.state != State::ours && found.state != State::end_of_file && gap.size() < gap_max) {
      gap.push_back(found.state);
      found = look(next_ + static_cast<std::uint32_t>(gap.size()));
    }
    if (found.state != State::ours) {
      // The end. A torn block here was the last one; whatever an earlier stream left is none of ours.
      if (!gap.empty() && gap.front() == State::torn) ++counts_.torn;
      return;
    }
    for (const auto state : gap) count(state);
    next_ += static_cast<std::uint32_t>(gap.size());
  }
}

std::string BlockLogReader::complaint() const {
  if (counts_.torn + counts_.missing + counts_.foreign == 0) return {};
  return fmt::format("the block log is not whole: {} blocks are torn, {} missing, {} of another run", counts_.torn,
                     counts_.missing, counts_.foreign);
}

}  // namespace utnt::results
