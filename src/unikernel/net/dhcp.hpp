// SPDX-License-Identifier: BSD-2-Clause
// DHCPv4 as a client that wants one lease before it begins: DISCOVER, OFFER, REQUEST, ACK, or with a server that can do
// so one exchange (rapid commit). Knows no clock and no device. A run is shorter than a lease: nothing is renewed.
// Sources: RFC 2131 (messages, section 4.1 retransmission), RFC 2132 (options), RFC 3442 (classless routes), RFC 4039
// (rapid commit).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::unikernel {

struct DhcpLease {
  wire::Ipv4Address address{};
  std::uint8_t prefix_length{32};
  wire::Ipv4Address gateway{};  ///< 0.0.0.0: none was given
  std::uint16_t mtu{0};         ///< 0: not given
  std::uint32_t seconds{0};
};

class DhcpClient {
 public:
  static constexpr std::size_t frame_bytes_min = 400;  ///< room that poll() needs

  /// `transaction` should differ from client to client and run to run.
  DhcpClient(const wire::MacAddress& mac, std::uint32_t transaction) : mac_{mac}, transaction_{transaction} {}

  /// The frame to broadcast now, at the front of `out`; empty when none is due.
  std::optional<ConstBytes> poll(MutableBytes out, Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// Looks at a received frame; true when it was an answer to this client.
  bool take(ConstBytes frame);

  [[nodiscard]] const std::optional<DhcpLease>& lease() const { return lease_; }
  /// Every attempt stayed without an answer.
  [[nodiscard]] bool has_failed() const { return !lease_ && attempts_ > attempts_max; }

 private:
  static constexpr unsigned attempts_max = 5;
  struct Options;

  static std::optional<Options> read_options(ConstBytes options);
  void take_lease(wire::Ipv4Address address, const Options& options);

  wire::MacAddress mac_;
  std::uint32_t transaction_;
  std::optional<DhcpLease> lease_;
  std::optional<Instant> next_;
  wire::Ipv4Address offered_{};
  wire::Ipv4Address server_{};
  unsigned attempts_{0};
  bool has_offer_{false};
};

}  // namespace utnt::unikernel
