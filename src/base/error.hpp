// SPDX-License-Identifier: BSD-2-Clause
// Why an operation could not be done, as one byte: the error type of the pure folders.
// Text for people is made at the edge, where the file, the option or the packet is known.
#pragma once

#include <cstdint>

namespace utnt {

enum class Error : std::uint8_t {
  truncated = 1,     ///< fewer bytes than the format needs
  malformed,         ///< a field contradicts another, or has a value the format forbids
  bad_version,       ///< a version that this code does not know
  bad_checksum,      ///< a checksum that does not verify
  unsupported,       ///< well formed, but not handled here
  no_room,           ///< a bounded container or a caller's buffer is full
  invalid_argument,  ///< a configuration or request value outside its documented range
  reserved_address,  ///< a special-purpose address where a global one is needed
  duplicate,         ///< the thing is already there
  not_found,         ///< the thing is not there
};

/// A short lower-case English phrase for `error`, without a full stop.
constexpr const char* describe(Error error) noexcept {
  switch (error) {
    case Error::truncated:
      return "truncated";
    case Error::malformed:
      return "malformed";
    case Error::bad_version:
      return "unknown version";
    case Error::bad_checksum:
      return "wrong checksum";
    case Error::unsupported:
      return "unsupported";
    case Error::no_room:
      return "no room";
    case Error::invalid_argument:
      return "invalid argument";
    case Error::reserved_address:
      return "reserved address";
    case Error::duplicate:
      return "duplicate";
    case Error::not_found:
      return "not found";
  }
  return "unknown error";
}

}  // namespace utnt
