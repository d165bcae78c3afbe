// SPDX-License-Identifier: BSD-2-Clause
// Sums whole machine words in the machine's own byte order and swaps once at the end: one's-complement addition does
// not care (RFC 1071 section 2, B). Every probe and reply passes through here several times.
#include "wire/checksum.hpp"

#include <bit>
#include <cstring>

namespace utnt::wire {
namespace {

template <class Word>
Word load_native(const std::byte* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Between a 16-bit word of the network and of this machine; its own inverse.
constexpr std::uint16_t swap_network(std::uint16_t word) {
  if constexpr (std::endian::native == std::endian::big) return word;
  return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffff'ffffU) + (sum >> 32);
  sum = (sum & 0xffff'ffffU) + (sum >> 32);
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Adds with the carry brought around; compilers make one add and one add-carry of it.
constexpr std::uint64_t add_around(std::uint64_t sum, std::uint64_t word) {
  sum += word;
  return sum + static_cast<std::uint64_t>(sum < word);
}

}  // namespace

std::uint16_t ones_sum(ConstBytes bytes, std::uint16_t start) {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t sum = swap_network(start);
  for (; left >= 32; left -= 32, at += 32) {
    sum = add_around(sum, load_native<std::uint64_t>(at));
    sum = add_around(sum, load_native<std::uint64_t>(at + 8));
    sum = add_around(sum, load_native<std::uint64_t>(at + 16));
    sum = add_around(sum, load_native<std::uint64_t>(at + 24));
  }
  for (; left >= 8; left -= 8, at += 8) sum = add_around(sum, load_native<std::uint64_t>(at));
  if (left >= 4) {
    sum = add_around(sum, load_native<std::uint32_t>(at));
    left -= 4;
    at += 4;
  }
  if (left >= 2) {
    sum = add_around(sum, load_native<std::uint16_t>(at));
    left -= 2;
    at += 2;
  }
  if (left == 1) {
    sum = add_around(sum, swap_network(static_cast<std::uint16_t>(static_cast<std::uint16_t>(*at) << 8)));
  }
  return swap_network(fold(sum));
}

std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t upper_layer_bytes) {
  UTNT_ASSERT(source.family() == destination.family());
  if (source.is_v4()) {
    const auto from = source.v4().value();
    const auto to = destination.v4().value();
    return fold(std::uint64_t{from >> 16} + (from & 0xffffU) + (to >> 16) + (to & 0xffffU) + protocol +
                (upper_layer_bytes >> 16) + (upper_layer_bytes & 0xffffU));
  }
  const auto addresses = ones_sum(std::as_bytes(destination.octets()), ones_sum(std::as_bytes(source.octets())));
  const std::uint64_t rest =
      std::uint64_t{addresses} + protocol + (upper_layer_bytes >> 16) + (upper_layer_bytes & 0xffffU);
  return fold(rest);
}

}  // namespace utnt::wire
