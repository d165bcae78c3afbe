// SPDX-License-Identifier: BSD-2-Clause
// The extension structure alone. First byte: the length field; second byte, lowest bit: units of 4 or 8 bytes, next
// bit: repair the checksum of the structure, which random bytes hardly ever get right. Then the body of the ICMP error.
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/icmp_objects.hpp"
#include "wire/checksum.hpp"

namespace utnt::wire {
namespace {

/// What was read, built again and read again, is the same.
void check_rebuilt(const IcmpErrorBody& body) {
  std::vector<std::byte> room(body.objects.bytes().size() + 4);
  ExtensionBuilder builder{room};
  auto objects = body.objects;
  while (const auto object = objects.next()) {
    UTNT_ASSERT(builder.add(object->object_class, object->c_type, object->payload));
  }
  const auto structure = builder.finish();
  if (body.objects.bytes().empty()) {
    UTNT_ASSERT(structure.empty());
    return;
  }
  std::vector<std::byte> message(128);
  message.insert(message.end(), structure.begin(), structure.end());
  const auto again = split_error_body(message, 32, 4);
  UTNT_ASSERT(again.has_extension);
  UTNT_ASSERT(again.notes.empty());
  UTNT_ASSERT(again.objects.bytes().size() == body.objects.bytes().size());
  UTNT_ASSERT(std::memcmp(again.objects.bytes().data(), body.objects.bytes().data(), again.objects.bytes().size()) ==
              0);
}

void repair_checksum(MutableBytes message, std::size_t structure_at) {
  if (structure_at + 4 > message.size()) return;
  const auto structure = message.subspan(structure_at);
  store_be16(structure, 2, 0);
  store_be16(structure, 2, internet_checksum(structure));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto input = fuzz::input_bytes(data, size);
  const auto length = load_u8(input, 0);
  const std::size_t unit = (data[1] & 1) != 0 ? 8 : 4;
  std::vector<std::byte> message{input.begin() + 2, input.end()};
  if ((data[1] & 2) != 0) repair_checksum(message, length >= 128 / unit ? length * unit : 128);
  const auto body = split_error_body(message, length, unit);
  fuzz::walk_error_body(body, message);
  check_rebuilt(body);
  return 0;
}

}  // namespace utnt::wire
