// SPDX-License-Identifier: BSD-2-Clause
// Requests to the kernel's routing socket: interfaces, addresses, routes, neighbours. Nothing here puts a packet on a
// wire. Source: RFC 3549, netlink(7), rtnetlink(7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::os_linux {

/// A request under construction: message type, flags, a fixed structure, then attributes, which may nest.
class NetlinkRequest {
 public:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, ConstBytes fixed);
  void put(std::uint16_t attribute, ConstBytes value);
  void put_u32(std::uint16_t attribute, std::uint32_t value);
  void put_text(std::uint16_t attribute, std::string_view text);
  /// Begins a nested attribute; give the result to end_nested after its contents.
  std::size_t begin_nested(std::uint16_t attribute);
  void end_nested(std::size_t begin);
  /// Adds a fixed structure in the middle of attributes (the peer description of a veth needs that).
  void put_raw(ConstBytes value);
  [[nodiscard]] const std::vector<std::byte>& finish(std::uint32_t sequence);

 private:
  std::vector<std::byte> bytes_;
};

using NetlinkAnswer = std::function<void(std::uint16_t type, ConstBytes payload)>;

class NetlinkSocket {
 public:
  /// `groups`: bit mask of RTMGRP_* whose notifications this socket receives; 0 = none. Throws Failure.
  explicit NetlinkSocket(std::uint32_t groups = 0);
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Sends `request` and calls `answer` with every message of the reply until it is complete.
  /// Returns 0, or the errno that the kernel answered with. Throws Failure when the socket itself fails.
  int request(NetlinkRequest& request, const NetlinkAnswer& answer = {});
  /// Calls `answer` with every notification that is waiting; false when some were lost because the buffer ran over.
  bool notifications(const NetlinkAnswer& answer);

 private:
  UniqueFd fd_;
  std::uint32_t sequence_{0};
};

/// Calls `each` for every well-formed attribute in `bytes`; stops at the first that is not.
void for_each_attribute(ConstBytes bytes, const std::function<void(std::uint16_t type, ConstBytes value)>& each);

/// The bytes of a trivially copyable structure.
template <class T>
ConstBytes bytes_of(const T& object) {
  return std::as_bytes(std::span<const T, 1>{&object, 1});
}

/// Reads a number or structure of the machine's byte order from the front of `bytes`; zero when they are too few.
template <class T>
T read_native(ConstBytes bytes) {
  T value{};
  if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace utnt::os_linux
