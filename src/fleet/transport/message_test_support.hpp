// SPDX-License-Identifier: BSD-2-Clause
// Messages of any kind and size for the tests of the transports.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "fleet/transport/message.hpp"

namespace utnt::fleet::test {

inline std::string text_of(ConstBytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline std::vector<std::byte> frame_of(const Message& message) {
  std::vector<std::byte> frame;
  append_frame(frame, message);
  return frame;
}

inline std::vector<std::byte> any_bytes(Prng& prng, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t at = 0; at < count; at += 8)
    store_le(MutableBytes{bytes}.subspan(at), 0, std::min<std::size_t>(8, count - at), prng.next());
  return bytes;
}

inline std::string any_digest(Prng& prng) {
  std::string digest;
  for (int i = 0; i < 4; ++i) digest += fmt::format("{:016x}", prng.next());
  return digest;
}

inline Message any_message(Prng& prng) {
  const bool is_from_agent = prng.below(2) == 0;
  Message message;
  message.kind = static_cast<MessageKind>(is_from_agent ? 1 + prng.below(11) : 32 + prng.below(11));
  if (prng.below(2) == 0) message.job = any_digest(prng).substr(0, 32);
  if (prng.below(2) == 0) message.digest = any_digest(prng);
  message.attempt = static_cast<std::uint32_t>(prng.next());
  message.offset = prng.next();
  message.total = prng.next();
  if (prng.below(2) == 0) message.text = text_of(any_bytes(prng, prng.below(300)));
  if (prng.below(2) == 0) message.body = any_bytes(prng, prng.below(3000));
  return message;
}

}  // namespace utnt::fleet::test
