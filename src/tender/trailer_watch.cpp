// SPDX-License-Identifier: BSD-2-Clause
#include "tender/trailer_watch.hpp"

#include <iterator>

namespace utnt::tender {

void TrailerWatch::add(ConstBytes bytes) {
  if (is_damaged_) return;
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  ConstBytes left{rest_};
  while (!left.empty()) {
    const auto frame = abi::read_frame(left);
    if (!frame) {
      is_damaged_ = frame.error() != Error::truncated;
      break;
    }
    if (frame->is_trailer) {
      if (const auto trailer = abi::read_trailer(frame->payload)) trailer_ = *trailer;
    }
    left = left.subspan(abi::frame_header_bytes + frame->payload.size());
  }
  if (is_damaged_) left = {};
  rest_.erase(rest_.begin(), std::prev(rest_.end(), static_cast<std::ptrdiff_t>(left.size())));
}

}  // namespace utnt::tender
