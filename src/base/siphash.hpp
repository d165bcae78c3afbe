// SPDX-License-Identifier: BSD-2-Clause
// SipHash-2-4: a keyed hash of 64 bits, used to derive probe fields that an outsider cannot predict.
// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace utnt {

using SipKey = std::array<std::uint64_t, 2>;

std::uint64_t siphash(const SipKey& key, std::span<const std::byte> bytes);

/// SipHash of three 64-bit words, as if their little-endian bytes followed one another.
std::uint64_t siphash(const SipKey& key, std::uint64_t a, std::uint64_t b, std::uint64_t c);

}  // namespace utnt
