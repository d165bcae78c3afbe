// SPDX-License-Identifier: BSD-2-Clause
#include "wire/arp.hpp"

namespace utnt::wire {
namespace {

constexpr std::uint16_t hardware_ethernet = 1;
constexpr std::uint16_t address_sizes = 0x0604;  ///< one byte each: hardware, protocol

}  // namespace

Result<ArpView> ArpView::parse(ConstBytes message) {
  if (message.size() < arp_bytes) return Fail{Error::truncated};
  if (load_be16(message, 0) != hardware_ethernet) return Fail{Error::unsupported};
  if (load_be16(message, 2) != ethertype::ipv4) return Fail{Error::unsupported};
  if (load_be16(message, 4) != address_sizes) return Fail{Error::unsupported};
  const ArpView view{message.first(arp_bytes)};
  if (view.operation() != ArpOperation::request && view.operation() != ArpOperation::reply) {
    return Fail{Error::unsupported};
  }
  return view;
}

void write_arp(MutableBytes out, const ArpFields& fields) {
  UTNT_ASSERT(out.size() >= arp_bytes);
  store_be16(out, 0, hardware_ethernet);
  store_be16(out, 2, ethertype::ipv4);
  store_be16(out, 4, address_sizes);
  store_be16(out, 6, static_cast<std::uint16_t>(fields.operation));
  store_mac(out, 8, fields.sender_mac);
  store_be32(out, 14, fields.sender.value());
  store_mac(out, 18, fields.target_mac);
  store_be32(out, 24, fields.target.value());
}

}  // namespace utnt::wire
