// SPDX-License-Identifier: BSD-2-Clause
// Writing and reading the fields of one record. Both classes take the same calls, so that one description of a layout
// (record_layout.hpp) serves both directions and they cannot drift apart.
// A failure sticks: later calls do nothing and the first error is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/flags.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"
#include "report/types.hpp"
#include "wire/address.hpp"

namespace utnt::report {

/// First and last enumerator that version 1 of the records knows.
struct EnumRange {
  std::uint8_t first;
  std::uint8_t last;
};
constexpr EnumRange range_of(Method) { return {1, 2}; }
constexpr EnumRange range_of(RuleSet) { return {1, 2}; }
constexpr EnumRange range_of(PathKind) { return {1, 5}; }
constexpr EnumRange range_of(StopReason) { return {0, 9}; }
constexpr EnumRange range_of(ReplyKind) { return {0, 6}; }
constexpr EnumRange range_of(TunnelClass) { return {0, 6}; }
constexpr EnumRange range_of(Trigger) { return {0, 5}; }
constexpr EnumRange range_of(Completeness) { return {1, 3}; }
constexpr EnumRange range_of(Confidence) { return {1, 3}; }

class FieldWriter {
 public:
  explicit FieldWriter(MutableBytes out) : out_{out} {}

  template <class T>
  requires std::is_integral_v<T>
  void value(T v) { integer(sizeof v, static_cast<std::uint64_t>(v)); }
  template <class E>
  requires std::is_enum_v<E>
  void value(E v) { value(static_cast<std::underlying_type_t<E>>(v)); }
  void value(bool v) { integer(1, v ? 1 : 0); }
  template <class Tag, class Rep>
  void value(Strong<Tag, Rep> v) {
    value(v.value());
  }
  template <class Enum>
  void value(Flags<Enum> v) {
    value(v.bits());
  }
  void value(Instant v) { value(v.ns()); }
  void value(Duration v) { value(v.ns()); }
  void value(const wire::IpAddress& v) {
    integer(1, static_cast<std::uint64_t>(v.family()));
    for (std::size_t i = 0; i < 16; ++i) integer(1, i < v.octets().size() ? v.octets()[i] : 0);
  }
  template <class T, std::size_t count>
  void value(const std::array<T, count>& v) {
    for (const auto& element : v) value(element);
  }
  void value(std::byte v) { integer(1, static_cast<std::uint64_t>(v)); }
  void value(std::string_view v) {
    check_count(v.size(), 255);
    integer(1, v.size());
    for (const char c : v) integer(1, static_cast<unsigned char>(c));
  }
  /// `count` was written before as a field and is at most `count_max`.
  void check_count(std::size_t count, std::size_t count_max) {
    if (count > count_max) fail(Error::invalid_argument);
  }
  void bytes(std::byte* from, std::size_t count) { bytes(static_cast<const std::byte*>(from), count); }
  void bytes(const std::byte* from, std::size_t count) {
    if (!room(count)) return;
    copy_bytes(out_.subspan(at_), {from, count});
    at_ += count;
  }

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  [[nodiscard]] std::optional<Error> error() const { return error_; }
  [[nodiscard]] std::size_t used() const { return at_; }

 private:
  void integer(std::size_t width, std::uint64_t v) {
    if (!room(width)) return;
    store_le(out_, at_, width, v);
    at_ += width;
  }
  bool room(std::size_t width) {
    if (ok() && width > out_.size() - at_) fail(Error::no_room);
    return ok();
  }
  void fail(Error error) {
    if (ok()) error_ = error;
  }

  MutableBytes out_;
  std::size_t at_{0};
  std::optional<Error> error_;
};

class FieldReader {
 public:
  explicit FieldReader(ConstBytes in) : in_{in} {}

  template <class T>
  requires std::is_integral_v<T>
  void value(T& v) { v = static_cast<T>(integer(sizeof v)); }
  template <class E>
  requires std::is_enum_v<E>
  void value(E& v) {
    const auto raw = static_cast<std::underlying_type_t<E>>(integer(sizeof v));
    const auto range = range_of(E{});
    if (raw < range.first || raw > range.last) return fail(Error::malformed);
    v = static_cast<E>(raw);
  }
  void value(bool& v) {
    const auto raw = integer(1);
    if (raw > 1) return fail(Error::malformed);
    v = raw == 1;
  }
  template <class Tag, class Rep>
  void value(Strong<Tag, Rep>& v) {
    v = Strong<Tag, Rep>{static_cast<Rep>(integer(sizeof(Rep)))};
  }
  template <class Enum>
  void value(Flags<Enum>& v) {
    using Rep = typename Flags<Enum>::Rep;
    v = Flags<Enum>::from_bits(static_cast<Rep>(integer(sizeof(Rep))));
  }
  void value(Instant& v) { v = Instant{static_cast<std::int64_t>(integer(8))}; }
  void value(Duration& v) { v = Duration{static_cast<std::int64_t>(integer(8))}; }
  void value(wire::IpAddress& v);
  template <class T, std::size_t count>
  void value(std::array<T, count>& v) {
    for (auto& element : v) value(element);
  }
  void value(std::byte& v) { v = static_cast<std::byte>(integer(1)); }
  void value(std::string_view& v) {
    const auto count = static_cast<std::size_t>(integer(1));
    if (!room(count)) return;
    v = {reinterpret_cast<const char*>(in_.data()) + at_, count};
    at_ += count;
  }
  void check_count(std::size_t count, std::size_t count_max) {
    if (count > count_max) fail(Error::malformed);
  }
  void bytes(std::byte* to, std::size_t count) {
    if (!room(count)) return;
    copy_bytes({to, count}, in_.subspan(at_, count));
    at_ += count;
  }

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  [[nodiscard]] std::optional<Error> error() const { return error_; }
  [[nodiscard]] std::size_t used() const { return at_; }

 private:
  std::uint64_t integer(std::size_t width) {
    if (!room(width)) return 0;
    const auto v = load_le(in_, at_, width);
    at_ += width;
    return v;
  }
  bool room(std::size_t width) {
    if (ok() && width > in_.size() - at_) fail(Error::truncated);
    return ok();
  }
  void fail(Error error) {
    if (ok()) error_ = error;
  }

  ConstBytes in_;
  std::size_t at_{0};
  std::optional<Error> error_;
};

inline void FieldReader::value(wire::IpAddress& v) {
  const auto family = integer(1);
  wire::Ipv6Address raw;
  value(raw.octets);
  if (!ok()) return;
  std::size_t used = 0;
  if (family == static_cast<std::uint64_t>(wire::Family::none)) {
    v = {};
  } else if (family == static_cast<std::uint64_t>(wire::Family::ipv4)) {
    used = 4;
    v = wire::Ipv4Address{raw.octets[0], raw.octets[1], raw.octets[2], raw.octets[3]};
  } else if (family == static_cast<std::uint64_t>(wire::Family::ipv6)) {
    used = 16;
    v = raw;
  } else {
    return fail(Error::malformed);
  }
  for (std::size_t i = used; i < 16; ++i) {
    if (raw.octets[i] != 0) return fail(Error::malformed);
  }
}

}  // namespace utnt::report
