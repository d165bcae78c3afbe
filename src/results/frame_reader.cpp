// SPDX-License-Identifier: BSD-2-Clause
// See frame_reader.hpp. Behind damage every byte may begin the next frame. Only such with a plausible number are
// checked in full, so that a stream made of garbage costs little more than its length.
#include "results/frame_reader.hpp"

#include <fmt/format.h>

namespace utnt::results {
namespace {

/// A frame further ahead than this is taken for damage.
constexpr std::uint32_t frames_ahead_max = 4096;

std::uint32_t number_of(ConstBytes header) { return static_cast<std::uint32_t>(load_le(header, 4, 4)); }

}  // namespace

bool FrameReader::may_begin(ConstBytes bytes) const {
  const auto length = load_le(bytes, 0, 4) & ~std::uint64_t{abi::frame_trailer_bit};
  return length <= abi::frame_payload_max && number_of(bytes) - expected_ <= frames_ahead_max;
}

void FrameReader::take(const abi::Frame& frame) {
  ++counts_.frames;
  counts_.frames_missing += frame.sequence - expected_;
  expected_ = frame.sequence + 1;
  if (!frame.is_trailer) return assembler_.add(frame.payload);
  if (const auto trailer = abi::read_trailer(frame.payload)) trailer_ = *trailer;
}

void FrameReader::add(ConstBytes bytes) {
  counts_.bytes += bytes.size();
  if (trailer_) {
    counts_.bytes_late += bytes.size();
    return;
  }
  std::vector<std::byte> joined;
  if (!rest_.empty()) {
    joined = std::move(rest_);
    joined.insert(joined.end(), bytes.begin(), bytes.end());
    bytes = joined;
  }
  while (!trailer_ && bytes.size() >= abi::frame_header_bytes) {
    const auto frame = may_begin(bytes) ? abi::read_frame(bytes) : Result<abi::Frame>{Fail{Error::malformed}};
    if (frame) {
      is_lost_ = false;
      take(*frame);
      bytes = bytes.subspan(abi::frame_header_bytes + frame->payload.size());
    } else if (frame.error() == Error::truncated) {
      break;
    } else {
      if (!is_lost_) ++counts_.damaged;
      is_lost_ = true;
      ++counts_.bytes_damaged;
      bytes = bytes.subspan(1);
    }
  }
  if (trailer_) {
    counts_.bytes_late += bytes.size();
    bytes = {};
  }
  rest_.assign(bytes.begin(), bytes.end());
}

void FrameReader::finish() {
  // A false beginning in the damage may have promised more bytes than came: what it hid is looked at now.
  while (is_lost_ && !trailer_ && !rest_.empty()) {
    ++counts_.bytes_damaged;
    const std::vector<std::byte> shorter{rest_.begin() + 1, rest_.end()};
    counts_.bytes -= shorter.size();  // add() counts them again
    rest_.clear();
    add(shorter);
  }
  counts_.bytes_cut = rest_.size();
  rest_.clear();
}

bool FrameReader::is_complete() const {
  return trailer_ && counts_.damaged == 0 && counts_.frames_missing == 0 && counts_.bytes_cut == 0;
}

std::string FrameReader::complaint() const {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (counts_.damaged > 0) {
    add(fmt::format("{} places are damaged ({} bytes)", counts_.damaged, counts_.bytes_damaged));
  }
  if (counts_.frames_missing > 0) add(fmt::format("{} frames are missing", counts_.frames_missing));
  if (!trailer_) {
    add(counts_.bytes_cut > 0 ? fmt::format("it breaks off inside a frame ({} bytes of it came)", counts_.bytes_cut)
                              : "it ends without a trailer");
  }
  if (counts_.bytes_late > 0) add(fmt::format("{} bytes stand behind the trailer", counts_.bytes_late));
  return text.empty() ? text : "the record stream is not whole: " + text;
}

}  // namespace utnt::results
