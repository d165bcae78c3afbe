// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ethernet.hpp"

namespace utnt::wire {

MacAddress load_mac(ConstBytes b, std::size_t at) {
  MacAddress mac;
  copy_bytes(std::as_writable_bytes(std::span{mac.octets}), b.subspan(at, mac.octets.size()));
  return mac;
}

void store_mac(MutableBytes b, std::size_t at, const MacAddress& mac) {
  copy_bytes(b.subspan(at, mac.octets.size()), std::as_bytes(std::span{mac.octets}));
}

Result<EthernetView> EthernetView::parse(ConstBytes frame) {
  if (frame.size() < ethernet_header_bytes) return Fail{Error::truncated};
  return EthernetView{frame};
}

void write_ethernet_header(MutableBytes out, const EthernetFields& fields) {
  UTNT_ASSERT(out.size() >= ethernet_header_bytes);
  store_mac(out, 0, fields.destination);
  store_mac(out, 6, fields.source);
  store_be16(out, 12, fields.ethertype);
}

}  // namespace utnt::wire
