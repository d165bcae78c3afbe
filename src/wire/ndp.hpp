// SPDX-License-Identifier: BSD-2-Clause
// The part of IPv6 neighbour discovery that a host with one router needs: solicitations, advertisements, router
// advertisements. Whoever receives one must check that the hop limit was 255 and the checksum right (RFC 4861
// section 7.1). Source: RFC 4861 sections 4.2-4.4 and 4.6.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::wire {

namespace ndp_option {
inline constexpr std::uint8_t source_link_address = 1, target_link_address = 2, prefix_information = 3, mtu = 5;
}

inline constexpr std::size_t neighbor_message_bytes = 24, router_advertisement_bytes = 16;  ///< without options
inline constexpr std::size_t ndp_link_option_bytes = 8, ndp_mtu_option_bytes = 8, ndp_prefix_option_bytes = 32;

/// Neighbour solicitation or advertisement.
class NeighborView {
 public:
  /// Errors: truncated, unsupported (another type), malformed (code not 0, an option of length 0 or past the end).
  static Result<NeighborView> parse(ConstBytes message);
  [[nodiscard]] bool is_advertisement() const;
  // advertisement only
  [[nodiscard]] bool is_router() const { return (load_u8(bytes_, 4) & 0x80) != 0; }
  [[nodiscard]] bool is_solicited() const { return (load_u8(bytes_, 4) & 0x40) != 0; }
  [[nodiscard]] bool is_override() const { return (load_u8(bytes_, 4) & 0x20) != 0; }
  [[nodiscard]] Ipv6Address target() const;
  /// Source link-layer address of a solicitation, target link-layer address of an advertisement.
  [[nodiscard]] std::optional<MacAddress> link_address() const;

 private:
  explicit NeighborView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

class RouterAdvertisementView {
 public:
  /// Errors as those of NeighborView.
  static Result<RouterAdvertisementView> parse(ConstBytes message);
  [[nodiscard]] Ttl hop_limit() const { return Ttl{load_u8(bytes_, 4)}; }  ///< 0: unspecified
  /// 0: not a default router.
  [[nodiscard]] std::uint16_t lifetime_s() const { return load_be16(bytes_, 6); }
  [[nodiscard]] std::optional<MacAddress> link_address() const;
  [[nodiscard]] std::optional<std::uint32_t> mtu() const;
  /// The first prefix that hosts may form addresses from (flag A), host bits cleared.
  [[nodiscard]] std::optional<Prefix> autonomous_prefix() const;

 private:
  explicit RouterAdvertisementView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct NeighborFields {
  bool is_advertisement{false};
  bool is_router{false}, is_solicited{false}, is_override{false};  ///< advertisement only
  Ipv6Address target{};
  MacAddress link_address{};
};
/// Writes 32 bytes with the link-layer address option and the checksum to the front of `out`; returns them.
MutableBytes write_neighbor(MutableBytes out, const NeighborFields& fields, const Ipv6Address& source,
                            const Ipv6Address& destination);

struct RouterAdvertisementFields {
  Ttl hop_limit{64};
  std::uint16_t lifetime_s{1800};
  MacAddress link_address{};
  std::uint32_t mtu{1500};
  Prefix prefix{};  ///< on-link and autonomous, infinite lifetime
};
/// Writes 64 bytes (link-layer address, MTU and prefix options) and the checksum to the front of `out`; returns them.
MutableBytes write_router_advertisement(MutableBytes out, const RouterAdvertisementFields& fields,
                                        const Ipv6Address& source, const Ipv6Address& destination);

/// The multicast group ff02::1:ffXX:XXXX that a host with `target` listens to (RFC 4291 section 2.7.1).
Ipv6Address solicited_node_group(const Ipv6Address& target);
/// 33:33 and the last four octets of the group (RFC 2464 section 7).
MacAddress multicast_mac(const Ipv6Address& group);

}  // namespace utnt::wire
