// SPDX-License-Identifier: BSD-2-Clause
// The signature table. A share says how typical the signature is of the vendor, not how probable the vendor is: that
// would need the vendors' shares of the routers at this place.
#include "results/vendor.hpp"

#include <array>

namespace utnt::results {
namespace {

constexpr std::array<VendorShare, 4> both_255{{{"Huawei", 999}, {"Cisco", 998}, {"H3C", 998}, {"OneAccess", 617}}};
constexpr std::array<VendorShare, 1> junos{{{"Juniper", 996}}};
constexpr std::array<VendorShare, 1> both_128{{{"Juniper JunosE", 0}}};
constexpr std::array<VendorShare, 4> both_64{{{"MikroTik", 992}, {"Nokia", 990}, {"Ruijie", 835}, {"OneAccess", 379}}};

}  // namespace

std::uint8_t initial_ttl(std::uint8_t received_ttl) {
  if (received_ttl > 128) return 255;
  if (received_ttl > 64) return 128;
  return received_ttl > 32 ? 64 : 32;
}

std::span<const VendorShare> vendors_of(std::uint8_t te_initial, std::uint8_t er_initial) {
  if (te_initial == 255 && er_initial == 255) return both_255;
  if (te_initial == 255 && er_initial == 64) return junos;
  if (te_initial == 128 && er_initial == 128) return both_128;
  if (te_initial == 64 && er_initial == 64) return both_64;
  return {};
}

std::span<const VendorShare> vendor_guess(const Hop& hop) {
  if (hop.kind != report::ReplyKind::time_exceeded || hop.er_ttl == 0 || !hop.address.is_v4()) return {};
  return vendors_of(initial_ttl(hop.te_ttl), initial_ttl(hop.er_ttl));
}

}  // namespace utnt::results
