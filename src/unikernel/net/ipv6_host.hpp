// SPDX-License-Identifier: BSD-2-Clause
// An IPv6 host on one link: its addresses and how it comes by them, the prefixes and routers it was told of, and its
// part of neighbour discovery. Knows no clock and no device. Everything learned is bounded and dies with its lifetime.
// Sources: RFC 4861 sections 5.2, 6.3 and 7.2; RFC 4862 sections 5.3-5.5; RFC 4429 (an address is used while it is
// tested); RFC 4291 section 2.5.1; RFC 6724 section 5, shortened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "unikernel/net/edge_config.hpp"
#include "unikernel/net/nd_frames.hpp"
#include "unikernel/net/next_hops.hpp"
#include "wire/ndp.hpp"

namespace utnt::unikernel {

class Ipv6Host {
 public:
  static constexpr std::size_t addresses_max = 5, prefixes_max = 8, routers_max = 4;

  struct Counters {
    std::uint64_t solicitations_answered{0};
    std::uint64_t advertisements{0};  ///< of routers, believed
    std::uint64_t full{0};            ///< prefixes and routers that found no room
    std::uint64_t conflicts{0};       ///< somebody else uses, or wants, one of our addresses
    std::uint64_t refused{0};         ///< messages of neighbour discovery that no host may believe
  };

  /// `next_hops` outlives it and learns what messages say about the neighbours.
  Ipv6Host(const Ipv6Config& config, const wire::MacAddress& mac, NextHops& next_hops);

  /// The address is ours and may be used.
  [[nodiscard]] bool owns(const wire::Ipv6Address& address) const;
  /// The packet is for us: for an address of ours, for all nodes, or for the group of an address that may still be
  /// under test.
  [[nodiscard]] bool receives(const wire::Ipv6View& packet) const;
  /// The address to send from; none while there is none of the right kind.
  [[nodiscard]] std::optional<wire::Ipv6Address> source_for(const wire::Ipv6Address& destination) const;
  /// The host on the link that a packet to `destination` goes to; none without a router.
  [[nodiscard]] std::optional<wire::Ipv6Address> next_hop(const wire::Ipv6Address& destination) const;
  [[nodiscard]] std::uint16_t mtu() const { return mtu_; }             ///< 0: not told
  [[nodiscard]] std::uint8_t hop_limit() const { return hop_limit_; }  ///< for packets of no special kind

  /// A frame that is due, at the front of `out`; to be called until there is none.
  std::optional<ConstBytes> poll(MutableBytes out, Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const { return due_; }
  /// Reads a message of neighbour discovery that came from `sender`; the answer to send, at the front of `out`.
  std::optional<ConstBytes> take(const wire::Ipv6View& packet, const wire::MacAddress& sender, MutableBytes out,
                                 Instant now);

  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum class State : std::uint8_t { none, tentative, optimistic, preferred, duplicate };
  struct Address {
    wire::Ipv6Address address{};
    State state{State::none};
    bool is_probed{false}, is_announced{false};
    Instant tested{};  ///< end of the test for duplicates
    Instant preferred_until{}, valid_until{};
    [[nodiscard]] bool is_usable() const { return state == State::optimistic || state == State::preferred; }
  };
  struct OnLink {
    wire::Ipv6Address prefix{};
    std::uint8_t length{0};  ///< 0: unused
    Instant until{};
  };
  struct Router {
    wire::Ipv6Address address{};  ///< unspecified: unused
    Instant until{};
  };

  void add_address(const wire::Ipv6Address& prefix, Instant preferred_until, Instant valid_until);
  [[nodiscard]] wire::Ipv6Address formed(const wire::Ipv6Address& prefix) const;
  std::optional<ConstBytes> poll_address(Address& address, MutableBytes out, Instant now);
  void expire(Instant now);
  void take_router(const wire::Ipv6View& packet, Instant now);
  void take_prefix(ConstBytes option, Instant now);
  void set_on_link(const wire::Ipv6Address& prefix, std::uint8_t length, Instant until, Instant now);
  void set_router(const wire::Ipv6Address& router, Instant until, Instant now);
  void take_advertisement(const wire::NeighborView& message, const wire::MacAddress& sender, Instant now);
  std::optional<ConstBytes> take_solicitation(const wire::NeighborView& message, const wire::Ipv6Address& source,
                                              const wire::MacAddress& sender, MutableBytes out, Instant now);
  Address* address_of(const wire::Ipv6Address& address);

  wire::MacAddress mac_;
  NextHops& next_hops_;
  bool is_on_;
  bool is_static_;
  bool waits_for_dad_;
  std::array<std::uint8_t, 8> interface_id_{};
  std::array<Address, addresses_max> addresses_{};  ///< the link-local one first
  std::array<OnLink, prefixes_max> prefixes_{};
  std::array<Router, routers_max> routers_{};
  std::optional<Instant> due_;
  Instant solicitation_due_{};
  unsigned solicitations_{0};
  std::uint16_t mtu_{0};
  std::uint8_t hop_limit_{64};
  Counters counters_;
};

}  // namespace utnt::unikernel
