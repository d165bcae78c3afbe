// SPDX-License-Identifier: BSD-2-Clause
// Appends JSON to a string, in order, without building a tree first: result lines are written by the thousand per
// second (docs/adr/0004-encoders-in-results.md has the numbers). The caller opens and closes what it began.
#pragma once

#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "wire/address.hpp"

namespace utnt::results {

class JsonText {
 public:
  explicit JsonText(std::string& out) : out_{out} {}

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  /// The next thing written is the value of `name`, which must need no escapes.
  void key(std::string_view name) {
    comma();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    needs_comma_ = false;
  }

  void null() { raw("null"); }
  void boolean(bool v) { raw(v ? "true" : "false"); }
  template <class T>
  requires std::is_integral_v<T>
  void number(T v) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
    raw({digits, static_cast<std::size_t>(end - digits)});
  }
  /// `v` / 10^`digits` in decimal: fixed_point(998, 1) is 99.8.
  void fixed_point(std::uint32_t v, unsigned digits);
  /// Any bytes: control characters are escaped, what is no UTF-8 becomes U+FFFD.
  void text(std::string_view v);
  /// Text that is known to need no escapes.
  void word(std::string_view v) {
    comma();
    out_ += '"';
    out_ += v;
    out_ += '"';
  }
  /// The address, or null for none.
  void address(const wire::IpAddress& v);
  void hex(std::span<const std::byte> bytes);

  // The same with the key before the value.
  template <class T>
  void field(std::string_view name, T v) {
    key(name);
    if constexpr (std::is_same_v<T, bool>) {
      boolean(v);
    } else {
      number(v);
    }
  }
  void field_word(std::string_view name, std::string_view v) { key(name), word(v); }
  void field_text(std::string_view name, std::string_view v) { key(name), text(v); }
  void field_null(std::string_view name) { key(name), null(); }
  void field_address(std::string_view name, const wire::IpAddress& v) { key(name), address(v); }
  void field_hex(std::string_view name, std::span<const std::byte> bytes) { key(name), hex(bytes); }

 private:
  void comma() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
  }
  void raw(std::string_view v) {
    comma();
    out_ += v;
  }
  void open(char bracket) {
    comma();
    out_ += bracket;
    needs_comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
  }

  std::string& out_;
  bool needs_comma_{false};
};

}  // namespace utnt::results
