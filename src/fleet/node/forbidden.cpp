// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/forbidden.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "os_linux/failure.hpp"
#include "results/address_text.hpp"

namespace utnt::fleet {
namespace {

struct KnownRange {
  std::string_view prefix;
  std::string_view why;
};
/// The best known ranges by their names (RFC 6890, RFC 1918, RFC 4193); all others are in wire::is_reserved().
constexpr std::array known_ranges{KnownRange{"127.0.0.0/8", "is a loopback address"},
                                  KnownRange{"::1/128", "is a loopback address"},
                                  KnownRange{"10.0.0.0/8", "is private"},
                                  KnownRange{"172.16.0.0/12", "is private"},
                                  KnownRange{"192.168.0.0/16", "is private"},
                                  KnownRange{"fc00::/7", "is private"},
                                  KnownRange{"169.254.0.0/16", "is link-local"},
                                  KnownRange{"fe80::/10", "is link-local"},
                                  KnownRange{"224.0.0.0/4", "is a multicast address"},
                                  KnownRange{"ff00::/8", "is a multicast address"}};

}  // namespace

std::string on_link_prefix(const std::string& address) {
  constexpr unsigned bits = 32;
  const auto slash = address.find('/');
  const auto host = wire::parse_address(address.substr(0, slash));
  const auto length = slash == std::string::npos ? std::string_view{} : std::string_view{address}.substr(slash + 1);
  unsigned digits = bits + 1;
  std::from_chars(length.data(), length.data() + length.size(), digits);
  if (!host || !host->is_v4() || digits > bits)
    throw os_linux::Failure{os_linux::ExitCode::bad_input, "no address such as 192.0.2.7/24: " + address};
  const std::uint32_t mask = digits == 0 ? 0 : ~std::uint32_t{0} << (bits - digits);
  const wire::IpAddress network{wire::Ipv4Address{host->v4().value() & mask}};
  return results::address_text(network) + "/" + std::to_string(digits);
}

void Forbidden::add(const std::vector<std::string>& prefixes, std::string_view why) {
  for (const auto& text : prefixes) {
    const auto prefix = wire::parse_prefix(text);
    if (!prefix) throw os_linux::Failure{os_linux::ExitCode::bad_input, "no prefix such as 192.0.2.0/24: " + text};
    entries_.push_back({.prefix = *prefix, .why = std::string{why}});
  }
}

std::optional<std::string_view> Forbidden::why(const wire::IpAddress& address) const {
  if (!allow_reserved_) {
    for (const auto& range : known_ranges)
      if (wire::parse_prefix(range.prefix)->contains(address)) return range.why;
    if (wire::is_reserved(address)) return "is a special-purpose address";
  }
  const auto found = std::ranges::find_if(entries_, [&](const auto& entry) { return entry.prefix.contains(address); });
  if (found == entries_.end()) return std::nullopt;
  return found->why;
}

std::vector<std::string> Forbidden::ranges() const {
  constexpr unsigned bits = 32;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [prefix, why] : entries_) {
    if (!prefix.address.is_v4()) continue;
    const std::uint64_t first = prefix.address.v4().value();
    ranges.emplace_back(first, first + (std::uint64_t{1} << (bits - prefix.length)) - 1);
  }
  std::sort(ranges.begin(), ranges.end());
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ranges.size();) {
    auto [first, last] = ranges[i];
    for (++i; i < ranges.size() && ranges[i].first <= last + 1; ++i) last = std::max(last, ranges[i].second);
    const auto text = [](std::uint64_t value) {
      return results::address_text(wire::IpAddress{wire::Ipv4Address{static_cast<std::uint32_t>(value)}});
    };
    texts.push_back(text(first) + "-" + text(last));
  }
  return texts;
}

}  // namespace utnt::fleet
