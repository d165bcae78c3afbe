// SPDX-License-Identifier: BSD-2-Clause
// What an interface is told about its network, and how the command line says it: the keys net0.* and uk.* that
// docs/reference/ip_edge.md lists.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/command_line.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::unikernel {

struct Ipv6Config {
  bool is_on{false};
  wire::Ipv6Address address{};                              ///< all zero: from router advertisements
  std::uint8_t prefix_length{64};                           ///< of that address
  wire::Ipv6Address gateway{};                              ///< all zero: none
  std::optional<std::array<std::uint8_t, 8>> interface_id;  ///< else made of the hardware address
  bool waits_for_dad{false};  ///< an address is used when a second has passed without a conflict, not at once
  [[nodiscard]] bool is_static() const { return address != wire::Ipv6Address{}; }
};

struct EdgeConfig {
  wire::MacAddress mac{};
  wire::Ipv4Address address{};  ///< 0.0.0.0: none
  std::uint8_t prefix_length{24};
  wire::Ipv4Address gateway{};                  ///< 0.0.0.0: none, every destination is on the link
  std::optional<wire::MacAddress> gateway_mac;  ///< known: the first frame may be a probe
  bool answers_echo{true};
  bool wants_fragments{false};  ///< fragments go to the program, which cannot be given whole packets
  Ipv6Config ipv6{};
};

/// Six octets in hexadecimal, with colons between them.
std::optional<wire::MacAddress> parse_mac(std::string_view text);

/// Reads the keys of the edge into `config`. The first word whose value cannot be right, or nothing.
std::optional<abi::Word> read_edge_config(std::string_view command_line, EdgeConfig& config);

}  // namespace utnt::unikernel
