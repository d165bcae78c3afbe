// SPDX-License-Identifier: BSD-2-Clause
// Addresses and prefixes as people write them: what is accepted is written canonically and read back the same.
#include <array>
#include <string_view>

#include "fuzz/fuzz_input.hpp"
#include "wire/address.hpp"

namespace utnt::wire {
namespace {

void check_address(const IpAddress& address) {
  std::array<char, address_text_max> room;
  const auto text = format_address(address, room);
  const auto again = parse_address(text);
  UTNT_ASSERT(again);
  UTNT_ASSERT(*again == address);
  static_cast<void>(is_reserved(address));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto address = parse_address(text)) {
    check_address(*address);
    const auto whole = parse_prefix(text);
    UTNT_ASSERT(whole);
    UTNT_ASSERT(whole->length == address->octets().size() * 8);
  }
  if (const auto prefix = parse_prefix(text)) {
    check_address(prefix->address);
    UTNT_ASSERT(prefix->contains(prefix->address));
  }
  return 0;
}

}  // namespace utnt::wire
