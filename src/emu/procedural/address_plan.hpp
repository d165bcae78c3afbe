// SPDX-License-Identifier: BSD-2-Clause
// Which address belongs to whom in the procedural Internet. Everything can be read off the address:
//   20.t.t.L   link interface of transit t (16 bits)      22.t.t.n   loopback
//   21.p.p.L   link interface of provider p (16 bits)     23.p.p.n   loopback
//   any other global address: a host, its /24 hashed to a provider
// The last byte of a link address is link << 2 | side, side 1 = near the vantage point, 2 = far: a /30 each.
// Transit 65535 is the access line; the near end of its link 0 is the vantage point.
#pragma once

#include <cstdint>

#include "emu/flight.hpp"

namespace utnt::emu {

enum class Level : std::uint8_t { access = 0, transit = 1, provider = 2, host = 3 };

struct SegmentId {
  Level level{Level::access};
  std::uint16_t index{0};
  friend bool operator==(SegmentId, SegmentId) = default;
};

inline constexpr std::uint16_t access_index = 65'535;
inline constexpr std::uint32_t vantage_point_address = 0x14ffff01;  ///< 20.255.255.1
inline constexpr std::uint32_t stages_max = 24;                     ///< routers in line within one segment
inline constexpr std::uint32_t detour_stage = 32;                   ///< stages from here on lie on the way back only
inline constexpr NodeId vantage_point_node = 0x0000'007eU;          ///< stage 63 of the access line

/// Router: level, segment, stage, branch (0 or 1). Host: its /24.
constexpr NodeId router_node(SegmentId segment, std::uint32_t stage, std::uint32_t branch) {
  return static_cast<NodeId>(segment.level) << 30 | NodeId{segment.index} << 8 | stage << 1 | branch;
}
constexpr NodeId host_node(std::uint32_t address) { return NodeId{3} << 30 | address >> 8; }
constexpr Level level_of(NodeId node) { return static_cast<Level>(node >> 30); }
constexpr SegmentId segment_of(NodeId node) { return {level_of(node), static_cast<std::uint16_t>(node >> 8 & 0xffff)}; }
constexpr std::uint32_t stage_of(NodeId node) { return node >> 1 & 0x3f; }
constexpr std::uint32_t branch_of(NodeId node) { return node & 1; }

constexpr std::uint32_t link_address(SegmentId segment, std::uint32_t link, std::uint32_t side) {
  const std::uint32_t block = segment.level == Level::provider ? 21 : 20;
  const std::uint32_t index = segment.level == Level::access ? access_index : segment.index;
  return block << 24 | index << 8 | link << 2 | side;
}
constexpr std::uint32_t loopback_address(SegmentId segment, std::uint32_t stage, std::uint32_t branch) {
  const std::uint32_t block = segment.level == Level::provider ? 23 : 22;
  const std::uint32_t index = segment.level == Level::access ? access_index : segment.index;
  return block << 24 | index << 8 | stage << 1 | branch;
}

enum class Owner : std::uint8_t { nobody = 0, vantage_point, link, loopback, host };

/// What an address is, packed into a Target: kind, segment, and the last byte or the address itself.
struct Place {
  Owner owner{Owner::nobody};
  SegmentId segment;  ///< of a host: its provider
  std::uint32_t address{0};
  [[nodiscard]] std::uint32_t last_byte() const { return address & 0xff; }
};

constexpr Target pack(const Place& place) {
  return static_cast<Target>(place.owner) << 56 | static_cast<Target>(place.segment.level) << 48 |
         static_cast<Target>(place.segment.index) << 32 | place.address;
}
constexpr Place unpack(Target target) {
  return {static_cast<Owner>(target >> 56),
          {static_cast<Level>(target >> 48 & 3), static_cast<std::uint16_t>(target >> 32 & 0xffff)},
          static_cast<std::uint32_t>(target & 0xffff'ffffU)};
}

}  // namespace utnt::emu
