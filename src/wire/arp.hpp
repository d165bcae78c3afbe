// SPDX-License-Identifier: BSD-2-Clause
// ARP for IPv4 over Ethernet, the only kind that is read or written. Source: RFC 826.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::wire {

inline constexpr std::size_t arp_bytes = 28;

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

struct ArpFields {
  ArpOperation operation{ArpOperation::request};
  MacAddress sender_mac{};
  Ipv4Address sender{};
  MacAddress target_mac{};  ///< all zero in a request
  Ipv4Address target{};
};

class ArpView {
 public:
  /// Errors: truncated (under 28 bytes), unsupported (other hardware, protocol, address sizes or operation). Link
  /// padding behind the 28 bytes is fine.
  static Result<ArpView> parse(ConstBytes message);
  [[nodiscard]] ArpOperation operation() const { return static_cast<ArpOperation>(load_be16(bytes_, 6)); }
  [[nodiscard]] MacAddress sender_mac() const { return load_mac(bytes_, 8); }
  [[nodiscard]] Ipv4Address sender() const { return Ipv4Address{load_be32(bytes_, 14)}; }
  [[nodiscard]] MacAddress target_mac() const { return load_mac(bytes_, 18); }
  [[nodiscard]] Ipv4Address target() const { return Ipv4Address{load_be32(bytes_, 24)}; }

 private:
  explicit ArpView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

/// Writes the 28 bytes to the front of `out`.
void write_arp(MutableBytes out, const ArpFields& fields);

}  // namespace utnt::wire
