// SPDX-License-Identifier: BSD-2-Clause
// The extension structure of ICMP errors and its objects. parse walks *all* objects with bounds, and says how the
// message was read, because senders differ from the RFC in known ways. Sources: RFC 4884 sections 4, 5, 7 and 8; RFC
// 4950 section 3 (class 1); RFC 5837 section 4 (class 2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/flags.hpp"
#include "wire/address.hpp"
#include "wire/mpls.hpp"

namespace utnt::wire {

inline constexpr std::uint8_t extension_class_mpls = 1, extension_class_interface = 2, extension_class_interface_id = 3;

enum class ExtensionNote : std::uint16_t {
  checksum_bad = 0x01,     ///< objects() is then empty
  checksum_zero = 0x02,    ///< not computed by the sender
  at_fixed_offset = 0x04,  ///< length byte 0; structure found at offset 128 (RFC 4884 section 5.5)
  malformed = 0x08,        ///< an object length below 4 or past the end; the objects before it are kept
  version_swapped = 0x10,  ///< version 2 in the low nibble
  length_bad = 0x20,       ///< length byte below 128 bytes (IPv4) or past the message: treated as if 0
};
using ExtensionNotes = Flags<ExtensionNote>;

struct ExtensionObject {
  std::uint8_t object_class{0};
  std::uint8_t c_type{0};
  ConstBytes payload{};  ///< without the 4-byte object header
};

/// Iterates over well-formed objects: the span it walks was checked before.
class ExtensionObjects {
 public:
  constexpr ExtensionObjects() = default;
  /// All whole objects at the front of `objects` (RFC layout, each with its header). Sets *malformed when bytes remain
  /// that are no object.
  static ExtensionObjects checked(ConstBytes objects, bool* malformed);
  /// The next object, in wire order; empty at the end.
  std::optional<ExtensionObject> next();
  /// The checked bytes, to copy elsewhere.
  [[nodiscard]] ConstBytes bytes() const { return bytes_; }

 private:
  ConstBytes bytes_;
  std::size_t at_{0};
};

/// What stands behind the 8-byte header of an ICMP error.
struct IcmpErrorBody {
  ConstBytes original{};      ///< the quoted packet, padding included
  bool has_extension{false};  ///< a version-2 structure was found (even if unusable)
  ExtensionNotes notes{};
  ExtensionObjects objects{};
};

/// `body` is the message after its 8-byte header; `length_words` the RFC 4884 length field in units of `unit_bytes`
/// (4 for ICMPv4, 8 for ICMPv6).
IcmpErrorBody split_error_body(ConstBytes body, std::uint8_t length_words, std::size_t unit_bytes);

/// Bytes that a quote of `original_bytes` takes when an extension follows it: zero padded to at least 128 and to a
/// multiple of `unit_bytes` (RFC 4884 section 4).
constexpr std::size_t extended_quote_bytes(std::size_t original_bytes, std::size_t unit_bytes) {
  constexpr std::size_t bytes_min = 128;
  if (original_bytes <= bytes_min) return bytes_min;
  return (original_bytes + unit_bytes - 1) / unit_bytes * unit_bytes;
}

/// The label stack of an MPLS object, top first: entries 0 to size()-1. Bytes behind the last whole entry are ignored.
class LabelStackView {
 public:
  explicit LabelStackView(const ExtensionObject& object) : payload_{object.payload} {}
  [[nodiscard]] std::size_t size() const { return payload_.size() / 4; }
  [[nodiscard]] LabelStackEntry operator[](std::size_t i) const { return LabelStackEntry{load_be32(payload_, i * 4)}; }

 private:
  ConstBytes payload_;
};

enum class InterfaceRole : std::uint8_t { incoming = 0, sub_ip = 1, outgoing = 2, next_hop = 3 };

/// RFC 5837 interface information object.
struct InterfaceInfo {
  InterfaceRole role{InterfaceRole::incoming};
  std::optional<std::uint32_t> if_index{};
  IpAddress address{};      ///< none when absent
  std::string_view name{};  ///< empty when absent; up to 63 bytes, not terminated
  std::optional<std::uint32_t> mtu{};
};
/// Errors: unsupported (another class), truncated, malformed (unknown address family, name length).
Result<InterfaceInfo> parse_interface_info(const ExtensionObject& object);

/// Builds an extension structure (version 2, checksum) at the front of a span, object by object.
class ExtensionBuilder {
 public:
  explicit ExtensionBuilder(MutableBytes out);
  /// Errors: no_room.
  Result<void> add(std::uint8_t object_class, std::uint8_t c_type, ConstBytes payload);
  Result<void> add_label_stack(std::span<const LabelStackEntry> stack);
  Result<void> add_interface(const InterfaceInfo& info);
  /// Fills the checksum; returns the bytes of the structure. No object added: an empty span.
  MutableBytes finish();

 private:
  MutableBytes out_;
  std::size_t used_;
};

}  // namespace utnt::wire
