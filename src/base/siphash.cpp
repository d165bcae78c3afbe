// SPDX-License-Identifier: BSD-2-Clause
#include "base/siphash.hpp"

#include <bit>

#include "base/bytes.hpp"

namespace utnt {
namespace {

class State {
 public:
  explicit State(const SipKey& key)
      : v0_{key[0] ^ 0x736f6d6570736575U},
        v1_{key[1] ^ 0x646f72616e646f6dU},
        v2_{key[0] ^ 0x6c7967656e657261U},
        v3_{key[1] ^ 0x7465646279746573U} {}

  void absorb(std::uint64_t word) {
    v3_ ^= word;
    round();
    round();
    v0_ ^= word;
  }
  std::uint64_t finish() {
    v2_ ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }
  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

std::uint64_t siphash(const SipKey& key, std::span<const std::byte> bytes) {
  State state{key};
  const auto whole = bytes.size() & ~std::size_t{7};
  for (std::size_t i = 0; i < whole; i += 8) state.absorb(load_le(bytes, i, 8));
  state.absorb(load_le(bytes, whole, bytes.size() - whole) | std::uint64_t{bytes.size()} << 56);
  return state.finish();
}

std::uint64_t siphash(const SipKey& key, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  State state{key};
  state.absorb(a);
  state.absorb(b);
  state.absorb(c);
  state.absorb(std::uint64_t{24} << 56);
  return state.finish();
}

}  // namespace utnt
