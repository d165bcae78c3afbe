// SPDX-License-Identifier: BSD-2-Clause
// The interface information object of ICMP extensions, both ways; its declarations stand in icmp_extension.hpp.
// Source: RFC 5837 sections 4.1 (c-type bits), 4.2 (address sub-object), 4.3 (name sub-object).
#include <array>

#include "wire/icmp_extension.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

constexpr std::uint8_t has_index = 0x08, has_address = 0x04, has_name = 0x02, has_mtu = 0x01;
constexpr std::uint16_t afi_ipv4 = 1, afi_ipv6 = 2;  // IANA address family numbers
constexpr std::size_t name_bytes_max = 64;           ///< with the length byte

/// Takes the sub-objects one after the other.
class Reader {
 public:
  explicit Reader(ConstBytes bytes) : rest_{bytes} {}

  Result<std::uint32_t> number() {
    if (rest_.size() < 4) return Fail{Error::truncated};
    return load_be32(take(4), 0);
  }

  Result<IpAddress> address() {
    if (rest_.size() < 4) return Fail{Error::truncated};
    const auto family = load_be16(take(4), 0);
    if (family == afi_ipv4) {
      if (rest_.size() < 4) return Fail{Error::truncated};
      return IpAddress{Ipv4Address{load_be32(take(4), 0)}};
    }
    if (family != afi_ipv6) return Fail{Error::malformed};
    if (rest_.size() < 16) return Fail{Error::truncated};
    return IpAddress{load_ipv6(take(16), 0)};
  }

  Result<std::string_view> name() {
    if (rest_.empty()) return Fail{Error::truncated};
    const std::size_t length = load_u8(rest_, 0);
    if (length == 0 || length > name_bytes_max || length % 4 != 0) return Fail{Error::malformed};
    if (rest_.size() < length) return Fail{Error::truncated};
    const auto padded = take(length).subspan(1);
    std::string_view text{reinterpret_cast<const char*>(padded.data()), padded.size()};
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    return text;
  }

 private:
  ConstBytes take(std::size_t bytes) {
    const auto taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
  }
  ConstBytes rest_;
};

}  // namespace

Result<InterfaceInfo> parse_interface_info(const ExtensionObject& object) {
  if (object.object_class != extension_class_interface) return Fail{Error::unsupported};
  InterfaceInfo info;
  info.role = static_cast<InterfaceRole>(object.c_type >> 6);
  Reader reader{object.payload};
  if ((object.c_type & has_index) != 0) {
    UTNT_TRY(info.if_index, reader.number());
  }
  if ((object.c_type & has_address) != 0) {
    UTNT_TRY(info.address, reader.address());
  }
  if ((object.c_type & has_name) != 0) {
    UTNT_TRY(info.name, reader.name());
  }
  if ((object.c_type & has_mtu) != 0) {
    UTNT_TRY(info.mtu, reader.number());
  }
  return info;
}

Result<void> ExtensionBuilder::add_interface(const InterfaceInfo& info) {
  constexpr std::size_t payload_bytes_max = 4 + 20 + name_bytes_max + 4;
  if (info.name.size() >= name_bytes_max) return Fail{Error::invalid_argument};
  std::array<std::byte, payload_bytes_max> payload{};
  auto c_type = static_cast<std::uint8_t>(static_cast<unsigned>(info.role) << 6);
  std::size_t used = 0;
  if (info.if_index) {
    c_type |= has_index;
    store_be32(payload, used, *info.if_index);
    used += 4;
  }
  if (!info.address.is_none()) {
    c_type |= has_address;
    store_be16(payload, used, info.address.is_v4() ? afi_ipv4 : afi_ipv6);
    used += 4;
    const auto octets = std::as_bytes(info.address.octets());
    copy_bytes(MutableBytes{payload}.subspan(used), octets);
    used += octets.size();
  }
  if (!info.name.empty()) {
    c_type |= has_name;
    const std::size_t length = (1 + info.name.size() + 3) / 4 * 4;
    store_u8(payload, used, static_cast<std::uint8_t>(length));
    copy_bytes(MutableBytes{payload}.subspan(used + 1), std::as_bytes(std::span{info.name}));
    used += length;
  }
  if (info.mtu) {
    c_type |= has_mtu;
    store_be32(payload, used, *info.mtu);
    used += 4;
  }
  return add(extension_class_interface, c_type, ConstBytes{payload}.first(used));
}

}  // namespace utnt::wire
