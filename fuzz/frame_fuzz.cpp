// SPDX-License-Identifier: BSD-2-Clause
// Frames of the fleet out of any bytes: as they are, and with the digest that belongs to them (which no fuzzer would
// guess). What comes out goes in again as the same bytes, however the stream was cut.
#include <algorithm>
#include <vector>

#include "fleet/transport/message.hpp"
#include "fleet/trust/digest.hpp"
#include "fuzz/fuzz_input.hpp"

namespace utnt {
namespace {

/// Frames that came out, as bytes; checks that they are what went in.
std::size_t decode(ConstBytes stream, std::size_t piece) {
  fleet::FrameDecoder decoder;
  std::vector<std::byte> again;
  std::size_t count = 0;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    decoder.add(stream.subspan(at, std::min(piece, stream.size() - at)));
    while (const auto message = decoder.next()) {
      fleet::append_frame(again, *message);
      ++count;
    }
  }
  UTNT_ASSERT(again.size() <= stream.size());
  UTNT_ASSERT(std::equal(again.begin(), again.end(), stream.begin()));
  UTNT_ASSERT(decoder.is_broken() == !decoder.why().empty());
  return count;
}

/// Writes the right digest into each frame of the stream whose length fits.
void seal(std::vector<std::byte>& stream) {
  std::size_t at = 0;
  while (stream.size() - at >= fleet::frame_head_bytes) {
    const auto frame = MutableBytes{stream}.subspan(at);
    const std::uint64_t length =
        fleet::frame_head_bytes + load_u8(frame, 6) + load_u8(frame, 7) + load_le(frame, 12, 4) + load_le(frame, 16, 4);
    if (length > frame.size()) return;
    fleet::Sha256 hash;
    hash.add(frame.first(40));
    hash.add(frame.subspan(fleet::frame_head_bytes, length - fleet::frame_head_bytes));
    copy_bytes(frame.subspan(40), hash.finish());
    at += length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = fuzz::input_bytes(data, size);
  UTNT_ASSERT(decode(stream, 7) == decode(stream, size + 1));
  std::vector<std::byte> sealed(stream.begin(), stream.end());
  seal(sealed);
  UTNT_ASSERT(decode(sealed, 7) == decode(sealed, size + 1));
  return 0;
}

}  // namespace utnt
