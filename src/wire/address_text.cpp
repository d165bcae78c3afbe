// SPDX-License-Identifier: BSD-2-Clause
// Addresses and prefixes as text, both ways; the declarations stand in address.hpp.
// Sources: RFC 4291 section 2.2 (what is read), RFC 5952 (what is written). Numbers with leading zeros in IPv4
// addresses are refused: programs disagree whether they are octal.
#include <algorithm>
#include <optional>

#include "wire/address.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t groups_max = 8;

constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

/// Takes a number of 1 to `digits_max` digits off the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, int base, std::size_t digits_max) {
  std::uint32_t number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digit_value(text[digits]) < base) {
    if (digits == digits_max) return std::nullopt;
    number = number * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_value(text[digits]));
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

bool take_double_colon(std::string_view& text) {
  if (text.size() < 2 || text[0] != ':' || text[1] != ':') return false;
  text.remove_prefix(2);
  return true;
}

/// Offset of the first `c`, or the size. The member functions find() and substr() need a hosted library.
std::size_t offset_of(char c, std::string_view text) {
  return static_cast<std::size_t>(std::find(text.begin(), text.end(), c) - text.begin());
}

/// A decimal number up to `max` without leading zeros, at most three digits.
std::optional<std::uint8_t> take_decimal(std::string_view& text, std::uint32_t max) {
  const bool starts_with_zero = !text.empty() && text.front() == '0';
  const auto before = text.size();
  const auto number = take_number(text, 10, 3);
  if (!number || *number > max) return std::nullopt;
  if (starts_with_zero && before - text.size() > 1) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !take(text, '.')) return std::nullopt;
    const auto octet = take_decimal(text, 255);
    if (!octet) return std::nullopt;
    value = value << 8 | *octet;
  }
  if (!text.empty()) return std::nullopt;
  return Ipv4Address{value};
}

/// Up to eight groups in the order of the text, and where "::" stood.
struct Groups {
  std::array<std::uint16_t, groups_max> value{};
  std::size_t count{0};
  std::optional<std::size_t> gap;
};

/// One group, or a trailing dotted quad as two. False when the text is neither, or there are too many.
bool take_group(std::string_view& text, Groups& groups) {
  if (offset_of('.', text) < offset_of(':', text)) {
    const auto quad = parse_ipv4(text);
    if (!quad || groups.count + 2 > groups_max) return false;
    groups.value[groups.count++] = static_cast<std::uint16_t>(quad->value() >> 16);
    groups.value[groups.count++] = static_cast<std::uint16_t>(quad->value() & 0xffffU);
    text = {};
    return true;
  }
  const auto number = take_number(text, 16, 4);
  if (!number || groups.count == groups_max) return false;
  groups.value[groups.count++] = static_cast<std::uint16_t>(*number);
  return true;
}

std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
  Groups groups;
  if (take_double_colon(text)) {
    groups.gap = 0;
  } else if (!take_group(text, groups)) {
    return std::nullopt;
  }
  bool is_after_gap = groups.gap.has_value();
  while (!text.empty()) {
    if (!is_after_gap) {
      if (!groups.gap && take_double_colon(text)) {
        groups.gap = groups.count;
        is_after_gap = true;
        continue;
      }
      if (!take(text, ':')) return std::nullopt;
    }
    if (!take_group(text, groups)) return std::nullopt;
    is_after_gap = false;
  }
  if (groups.gap ? groups.count == groups_max : groups.count != groups_max) return std::nullopt;
  Ipv6Address address;
  const std::size_t front = groups.gap.value_or(groups_max);
  for (std::size_t i = 0; i < groups.count; ++i) {
    const std::size_t at = i < front ? i : i + groups_max - groups.count;
    address.octets[at * 2] = static_cast<std::uint8_t>(groups.value[i] >> 8);
    address.octets[at * 2 + 1] = static_cast<std::uint8_t>(groups.value[i] & 0xff);
  }
  return address;
}

class Writer {
 public:
  explicit Writer(std::span<char> out) : out_{out} {}
  void put(char c) { out_[used_++] = c; }
  void number(std::uint32_t value, std::uint32_t base) {
    std::array<char, 10> digits;
    std::size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count > 0) put(digits[--count]);
  }
  void dotted_quad(std::span<const std::uint8_t> octets) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) put('.');
      number(octets[i], 10);
    }
  }
  [[nodiscard]] std::string_view text() const { return {out_.data(), used_}; }

 private:
  std::span<char> out_;
  std::size_t used_{0};
};

struct Run {
  std::size_t first{groups_max};
  std::size_t count{0};
};

/// The longest run of zero groups, the first of equals; a single zero group is no run (RFC 5952 section 4.2).
Run longest_zero_run(const std::array<std::uint16_t, groups_max>& groups) {
  Run best;
  for (std::size_t i = 0; i < groups_max;) {
    std::size_t count = 0;
    while (i + count < groups_max && groups[i + count] == 0) ++count;
    if (count >= 2 && count > best.count) best = {i, count};
    i += count + 1;
  }
  return best;
}

void write_ipv6(Writer& out, const Ipv6Address& address) {
  std::array<std::uint16_t, groups_max> groups;
  for (std::size_t i = 0; i < groups_max; ++i)
    groups[i] = static_cast<std::uint16_t>(address.octets[i * 2] << 8 | address.octets[i * 2 + 1]);
  // IPv4-mapped addresses are shown with a dotted quad (RFC 5952 section 5).
  const bool is_mapped =
      groups[5] == 0xffff && std::all_of(groups.begin(), groups.begin() + 5, [](auto g) { return g == 0; });
  const auto run = longest_zero_run(groups);
  for (std::size_t i = 0; i < groups_max;) {
    if (i == run.first) {
      out.put(':');
      i += run.count;
      if (i == groups_max) out.put(':');
      continue;
    }
    if (i > 0) out.put(':');
    if (i == 6 && is_mapped) return out.dotted_quad(std::span{address.octets}.subspan(12));
    out.number(groups[i], 16);
    ++i;
  }
}

}  // namespace

Result<IpAddress> parse_address(std::string_view text) {
  if (offset_of(':', text) < text.size()) {
    if (const auto v6 = parse_ipv6(text)) return IpAddress{*v6};
  } else if (const auto v4 = parse_ipv4(text)) {
    return IpAddress{*v4};
  }
  return Fail{Error::malformed};
}

std::string_view format_address(const IpAddress& address, std::span<char> out) {
  UTNT_ASSERT(out.size() >= address_text_max);
  Writer writer{out};
  switch (address.family()) {
    case Family::none:
      writer.put('*');
      break;
    case Family::ipv4:
      writer.dotted_quad(address.octets());
      break;
    case Family::ipv6:
      write_ipv6(writer, address.v6());
      break;
  }
  return writer.text();
}

Result<Prefix> parse_prefix(std::string_view text) {
  const auto slash = offset_of('/', text);
  UTNT_TRY(const auto address, parse_address({text.data(), slash}));
  const auto bits = static_cast<std::uint32_t>(address.octets().size() * 8);
  if (slash == text.size()) return Prefix{address, static_cast<std::uint8_t>(bits)};
  auto rest = text;
  rest.remove_prefix(slash + 1);
  const auto length = take_decimal(rest, bits);
  if (!length || !rest.empty()) return Fail{Error::malformed};
  const auto octets = address.octets();
  for (std::size_t bit = *length; bit < bits; ++bit) {
    if ((octets[bit / 8] >> (7 - bit % 8) & 1) != 0) return Fail{Error::malformed};
  }
  return Prefix{address, *length};
}

}  // namespace utnt::wire
