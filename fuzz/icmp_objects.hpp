// SPDX-License-Identifier: BSD-2-Clause
// Walks the body of an ICMP error as the engine does, and checks what the walk promises.
#pragma once

#include "fuzz/fuzz_input.hpp"
#include "wire/icmp_extension.hpp"

namespace utnt::fuzz {

/// Longer than any message that reaches the parsers; more objects than 4-byte headers fit into it would be a loop.
inline constexpr std::size_t message_bytes_max = 65'536;

inline void walk_error_body(const wire::IcmpErrorBody& body, ConstBytes message) {
  expect_inside(body.original, message);
  touch(body.original);
  if (!body.has_extension) UTNT_ASSERT(body.objects.bytes().empty());
  if (body.notes.has(wire::ExtensionNote::checksum_bad)) UTNT_ASSERT(body.objects.bytes().empty());
  auto objects = body.objects;
  std::size_t walked = 0;
  while (const auto object = objects.next()) {
    expect_inside(object->payload, message);
    touch(object->payload);
    walked += 4 + object->payload.size();
    UTNT_ASSERT(walked <= message_bytes_max);
    const wire::LabelStackView stack{*object};
    for (std::size_t i = 0; i < stack.size(); ++i) UTNT_ASSERT(stack[i].label().value() <= 0xfffffU);
    if (const auto info = wire::parse_interface_info(*object)) {
      UTNT_ASSERT(info->name.size() <= 63);
      expect_inside(std::as_bytes(std::span{info->name}), message);
    }
  }
  UTNT_ASSERT(walked == body.objects.bytes().size());
}

}  // namespace utnt::fuzz
