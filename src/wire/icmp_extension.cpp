// SPDX-License-Identifier: BSD-2-Clause
// Finding the extension structure behind a quoted packet, and walking and building its objects.
// The interface information object has a file of its own: icmp_interface.cpp.
#include "wire/icmp_extension.hpp"

#include "wire/checksum.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t structure_header_bytes = 4, object_header_bytes = 4;
constexpr std::size_t checksum_offset = 2;
constexpr std::size_t original_bytes_min = 128;  ///< RFC 4884 section 5: with an extension, at least so much is quoted
constexpr std::uint8_t version_byte = 0x20, version_byte_swapped = 0x02;

/// Reads the checksum and the objects of `structure`, whose version is known to be right.
void read_structure(ConstBytes structure, IcmpErrorBody& body) {
  body.has_extension = true;
  if (load_be16(structure, checksum_offset) == 0) {
    body.notes.set(ExtensionNote::checksum_zero);
  } else if (internet_checksum(structure) != 0) {
    body.notes.set(ExtensionNote::checksum_bad);
    return;
  }
  bool is_malformed = false;
  body.objects = ExtensionObjects::checked(structure.subspan(structure_header_bytes), &is_malformed);
  if (is_malformed) body.notes.set(ExtensionNote::malformed);
}

/// The sender said where the structure begins.
void read_behind_length(ConstBytes bytes, std::size_t original_bytes, IcmpErrorBody& body) {
  body.original = bytes.first(original_bytes);
  const auto structure = bytes.subspan(original_bytes);
  if (structure.empty()) return;
  if (structure.size() < structure_header_bytes) {
    body.notes.set(ExtensionNote::malformed);
    return;
  }
  const auto first = load_u8(structure, 0);
  if (first >> 4 != 2) {
    if ((first & 0xf) != 2) return;
    body.notes.set(ExtensionNote::version_swapped);
  }
  read_structure(structure, body);
}

/// The sender knows no length field: the structure, if any, begins at byte 128 (RFC 4884 section 5.5). These bytes may
/// as well belong to a long quote, so the reserved bits must be zero, and after a wrong checksum the quote keeps them.
void read_at_fixed_offset(ConstBytes bytes, IcmpErrorBody& body) {
  body.original = bytes;
  if (bytes.size() < original_bytes_min + structure_header_bytes) return;
  const auto structure = bytes.subspan(original_bytes_min);
  const auto first = load_u8(structure, 0);
  if (first != version_byte && first != version_byte_swapped) return;
  body.notes.set(ExtensionNote::at_fixed_offset);
  if (first == version_byte_swapped) body.notes.set(ExtensionNote::version_swapped);
  read_structure(structure, body);
  if (!body.notes.has(ExtensionNote::checksum_bad)) body.original = bytes.first(original_bytes_min);
}

}  // namespace

ExtensionObjects ExtensionObjects::checked(ConstBytes objects, bool* malformed) {
  std::size_t at = 0;
  while (objects.size() - at >= object_header_bytes) {
    const std::size_t length = load_be16(objects, at);
    if (length < object_header_bytes) break;
    if (length > objects.size() - at) break;
    at += length;
  }
  if (malformed != nullptr) *malformed = at != objects.size();
  ExtensionObjects checked;
  checked.bytes_ = objects.first(at);
  return checked;
}

std::optional<ExtensionObject> ExtensionObjects::next() {
  if (at_ == bytes_.size()) return std::nullopt;
  const std::size_t length = load_be16(bytes_, at_);
  const ExtensionObject object{load_u8(bytes_, at_ + 2), load_u8(bytes_, at_ + 3),
                               bytes_.subspan(at_ + object_header_bytes, length - object_header_bytes)};
  at_ += length;
  return object;
}

IcmpErrorBody split_error_body(ConstBytes body, std::uint8_t length_words, std::size_t unit_bytes) {
  IcmpErrorBody result;
  const std::size_t original_bytes = length_words * unit_bytes;
  if (original_bytes >= original_bytes_min && original_bytes <= body.size()) {
    read_behind_length(body, original_bytes, result);
    return result;
  }
  if (length_words != 0) result.notes.set(ExtensionNote::length_bad);
  read_at_fixed_offset(body, result);
  return result;
}

ExtensionBuilder::ExtensionBuilder(MutableBytes out) : out_{out}, used_{structure_header_bytes} {}

Result<void> ExtensionBuilder::add(std::uint8_t object_class, std::uint8_t c_type, ConstBytes payload) {
  const auto length = object_header_bytes + payload.size();
  if (length > 0xffff) return Fail{Error::no_room};
  if (out_.size() < used_ || out_.size() - used_ < length) return Fail{Error::no_room};
  const auto object = out_.subspan(used_, length);
  store_be16(object, 0, static_cast<std::uint16_t>(length));
  store_u8(object, 2, object_class);
  store_u8(object, 3, c_type);
  copy_bytes(object.subspan(object_header_bytes), payload);
  used_ += length;
  return {};
}

Result<void> ExtensionBuilder::add_label_stack(std::span<const LabelStackEntry> stack) {
  constexpr std::uint8_t incoming_stack = 1;  // RFC 4950 section 3
  const auto length = object_header_bytes + stack.size() * 4;
  if (length > 0xffff) return Fail{Error::no_room};
  if (out_.size() < used_ || out_.size() - used_ < length) return Fail{Error::no_room};
  const auto object = out_.subspan(used_, length);
  store_be16(object, 0, static_cast<std::uint16_t>(length));
  store_u8(object, 2, extension_class_mpls);
  store_u8(object, 3, incoming_stack);
  for (std::size_t i = 0; i < stack.size(); ++i) store_be32(object, object_header_bytes + i * 4, stack[i].word());
  used_ += length;
  return {};
}

MutableBytes ExtensionBuilder::finish() {
  if (used_ == structure_header_bytes) return {};
  const auto structure = out_.first(used_);
  store_be32(structure, 0, std::uint32_t{version_byte} << 24);
  const auto checksum = internet_checksum(structure);
  store_be16(structure, checksum_offset, checksum == 0 ? 0xffff : checksum);  // 0 would mean: not computed
  return structure;
}

}  // namespace utnt::wire
