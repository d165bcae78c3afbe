// SPDX-License-Identifier: BSD-2-Clause
// DHCPv4 as a client: DISCOVER, OFFER, REQUEST, ACK, or with a server that can do so one exchange (rapid commit); then
// the lease is renewed at T1, asked of everybody at T2, and over at its end. Knows no clock and no device. Sources: RFC
// 2131 (messages, section 4.1 retransmission, section 4.4.5 renewal), RFC 2132 (options), RFC 3442 (classless routes),
// RFC 4039 (rapid commit).
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
  std::uint32_t seconds{0};     ///< 0: not given, and never over
};

class DhcpClient {
 public:
  static constexpr std::size_t frame_bytes_min = 400;  ///< room that poll() needs

  /// `transaction` should differ from client to client and run to run.
  DhcpClient(const wire::MacAddress& mac, std::uint32_t transaction) : mac_{mac}, transaction_{transaction} {}

  /// The frame that is due, at the front of `out`; empty when none is. Its Ethernet header says broadcast: a renewal
  /// goes to one server, and whoever knows the way there writes another one.
  std::optional<ConstBytes> poll(MutableBytes out, Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// Looks at a received frame; true when it was an answer to this client.
  bool take(ConstBytes frame);

  [[nodiscard]] const std::optional<DhcpLease>& lease() const { return lease_; }
  /// No lease: nobody answered, or every offer was taken back.
  [[nodiscard]] bool has_failed() const { return state_ == State::over && !lease_; }
  /// The lease is over: its address must not be used any more.
  [[nodiscard]] bool has_expired() const { return state_ == State::over && lease_; }

 private:
  static constexpr unsigned attempts_max = 5;
  static constexpr unsigned refusals_max = 3;
  enum class State : std::uint8_t { selecting, requesting, bound, renewing, rebinding, over };
  struct Options;

  static std::optional<Options> read_options(ConstBytes options);
  bool begin_attempt(Instant now);
  bool begin_renewal(Instant now);
  [[nodiscard]] ConstBytes write_message(MutableBytes out) const;
  [[nodiscard]] std::size_t write_options(MutableBytes out) const;
  [[nodiscard]] ConstBytes message_of(ConstBytes frame) const;
  bool take_message(wire::Ipv4Address yours, const Options& options);
  void take_lease(wire::Ipv4Address address, const Options& options);
  void take_refusal();
  [[nodiscard]] bool is_leased() const { return state_ >= State::bound; }

  wire::MacAddress mac_;
  std::uint32_t transaction_;
  State state_{State::selecting};
  std::optional<DhcpLease> lease_;
  Instant next_{};      ///< when the next message is due
  Instant sent_{};      ///< when the last one left: a lease counts from there
  Instant exchange_{};  ///< when the exchange began
  Instant rebind_{}, end_{};
  wire::Ipv4Address offered_{};
  wire::Ipv4Address server_{};
  unsigned attempts_{0};
  unsigned refusals_{0};
};

}  // namespace utnt::unikernel
