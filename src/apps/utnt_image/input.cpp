// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_image/input.hpp"

#include <algorithm>

namespace utnt::image {
namespace {

using std::string_view_literals::operator""sv;

std::optional<wire::Ipv4Address> ipv4(std::string_view text) {
  const auto address = wire::parse_address(text);
  return address && address->is_v4() ? std::optional{address->v4()} : std::nullopt;
}

std::string_view trimmed(std::string_view line) {
  constexpr auto blanks = " \t\r"sv;
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

InputLine read_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return {.kind = InputLine::Kind::mistake};
  const auto first = ipv4(text.substr(0, dash));
  const auto last = ipv4(text.substr(dash + 1));
  if (!first || !last || first->value() > last->value()) return {.kind = InputLine::Kind::mistake};
  return {.kind = InputLine::Kind::blocked, .range = {first->value(), last->value()}};
}

}  // namespace

InputLine read_input_line(std::string_view line) {
  line = trimmed(line);
  if (line.empty() || line.front() == '#') return {};
  if (line.front() == '!') return read_range(line.substr(1));
  const auto blank = line.find(' ');
  const auto address = ipv4(line.substr(0, blank));
  if (!address) return {.kind = InputLine::Kind::mistake};
  InputLine result{.kind = InputLine::Kind::destination, .address = *address};
  if (blank == std::string_view::npos) return result;
  const auto number = abi::parse_number(trimmed(line.substr(blank)));
  if (!number || *number == 0 || *number > 0xffff'ffffU) return {.kind = InputLine::Kind::mistake};
  result.number = static_cast<std::uint32_t>(*number);
  return result;
}

std::optional<std::string_view> Input::Lines::next() {
  if (rest_.empty()) return std::nullopt;
  const auto end = rest_.find('\n');
  const auto line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return line;
}

Input::Input(std::string_view command_line, ConstBytes module)
    : module_{reinterpret_cast<const char*>(module.data()), module.size()}, words_{command_line}, lines_{module_} {}

Input::Survey Input::survey() const {
  Survey survey;
  auto words = words_;
  while (const auto word = words.next()) {
    if (word->key == "dst"sv) ++survey.destinations;
  }
  std::uint64_t number = 0;
  std::uint32_t blocked_up_to = 0;
  Lines lines{module_};
  while (const auto text = lines.next()) {
    ++number;
    const auto line = read_input_line(*text);
    bool is_right = line.kind != InputLine::Kind::mistake;
    if (line.kind == InputLine::Kind::destination) ++survey.destinations;
    if (line.kind == InputLine::Kind::blocked) {
      is_right = survey.ranges == 0 || line.range.first > blocked_up_to;
      blocked_up_to = line.range.last;
      ++survey.ranges;
    }
    if (!is_right && survey.bad_line == 0) survey.bad_line = number;
  }
  return survey;
}

void Input::read_ranges(std::span<BlockedRange> ranges) const {
  std::size_t at = 0;
  Lines lines{module_};
  while (at < ranges.size()) {
    const auto text = lines.next();
    UTNT_ASSERT(text.has_value());
    const auto line = read_input_line(*text);
    if (line.kind == InputLine::Kind::blocked) ranges[at++] = line.range;
  }
}

std::optional<core::TraceRequest> Input::next() {
  while (const auto word = words_.next()) {
    if (word->key != "dst"sv) continue;
    if (const auto address = ipv4(word->value)) return core::TraceRequest{.destination = *address, .user_id = ++place_};
  }
  while (const auto text = lines_.next()) {
    const auto line = read_input_line(*text);
    if (line.kind != InputLine::Kind::destination) continue;
    ++place_;
    return core::TraceRequest{.destination = line.address, .user_id = line.number == 0 ? place_ : line.number};
  }
  return std::nullopt;
}

bool BlockedRanges::blocks(const void* context, const wire::IpAddress& address) {
  if (!address.is_v4()) return false;
  const auto value = address.v4().value();
  const auto ranges = static_cast<const BlockedRanges*>(context)->ranges;
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), value,
                                      [](std::uint32_t v, const BlockedRange& range) { return v < range.first; });
  return after != ranges.begin() && value <= (after - 1)->last;
}

}  // namespace utnt::image
