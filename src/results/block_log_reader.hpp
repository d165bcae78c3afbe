// SPDX-License-Identifier: BSD-2-Clause
// Follows the block log of an image (abi/block_log.hpp) while it is written: blocks of the disk's file in, bytes of the
// record stream out, in order. A block that is not there yet, or only in part, is waited for; when the writer is gone,
// what is still not whole is passed over and counted, and the record stream's own frames say what is lost.
//   BlockLogReader log{read_at, [&](ConstBytes bytes) { frames.add(bytes); }};
//   while (is_running) { log.follow(); sleep(); }
//   log.finish();
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "abi/block_log.hpp"
#include "base/bytes.hpp"

namespace utnt::results {

/// What became of a log.
struct BlockLogCounts {
  std::uint64_t blocks{0};         ///< whole ones of this stream
  std::uint64_t torn{0};           ///< written in part, or damaged
  std::uint64_t missing{0};        ///< never written, with later ones behind them
  std::uint64_t foreign{0};        ///< whole, but of another stream or for another place, with later ones behind them
  std::uint64_t payload_bytes{0};  ///< handed out
};

class BlockLogReader {
 public:
  /// Fills `out` from a place in the file; how many bytes there were, fewer only at the file's end.
  using ReadAt = std::function<std::size_t(std::uint64_t offset, MutableBytes out)>;
  using Take = std::function<void(ConstBytes)>;

  BlockLogReader(ReadAt read_at, Take take);

  /// Hands out what has become whole since the last call. True: there was something.
  bool follow();
  /// Nothing more is written: hands out the rest, also behind blocks that are not whole.
  void finish();

  /// Where in the file the next block is expected.
  [[nodiscard]] std::uint64_t offset() const { return std::uint64_t{next_} * abi::block_bytes; }
  [[nodiscard]] const BlockLogCounts& counts() const { return counts_; }
  /// One line that says what was passed over; empty when nothing was.
  [[nodiscard]] std::string complaint() const;

 private:
  enum class State : std::uint8_t { ours, foreign, empty, torn, end_of_file };
  struct Found {
    State state;
    ConstBytes payload;
    std::uint64_t stream;
  };

  /// What stands at block `number`.
  Found look(std::uint32_t number);
  void take(const Found& found);
  void count(State state);

  ReadAt read_at_;
  Take take_;
  BlockLogCounts counts_;
  std::uint32_t next_{0};
  std::optional<std::uint64_t> stream_;  ///< known from the first whole block that stands where it belongs
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_offset_{0};
  std::size_t buffer_filled_{0};
};

}  // namespace utnt::results
