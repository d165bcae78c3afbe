// SPDX-License-Identifier: BSD-2-Clause
// Which vendors a router's signature <initial TTL of time exceeded, initial TTL of echo reply> points to.
// Source: shares per SNMPv3-labelled vendor measured in August 2025 and published with PyTNT (IMC 2025, table 6: IPv4);
// the JunosE signature from the fingerprinting work of 2013, without a measured share.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "results/trace_model.hpp"

namespace utnt::results {

/// Month of the measurement behind the shares.
inline constexpr std::string_view vendor_table_date = "2025-08";

struct VendorShare {
  std::string_view vendor;
  /// Of this vendor's routers, how many in a thousand show the signature; 0 = not measured.
  std::uint16_t per_mille;
};

/// 255, 128, 64 or 32: the usual initial value that a received TTL began with.
std::uint8_t initial_ttl(std::uint8_t received_ttl);

/// Vendors of the signature, the largest shares first; empty when the table has none.
std::span<const VendorShare> vendors_of(std::uint8_t te_initial, std::uint8_t er_initial);

/// For an IPv4 hop that sent a time exceeded and answered its ping; empty otherwise.
std::span<const VendorShare> vendor_guess(const Hop& hop);

}  // namespace utnt::results
