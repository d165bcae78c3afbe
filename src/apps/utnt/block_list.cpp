// SPDX-License-Identifier: BSD-2-Clause
// See block_list.hpp. Prefixes become sorted, merged ranges, so that a look-up is one binary search.
#include "apps/utnt/block_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <istream>

#include "apps/utnt/command.hpp"
#include "apps/utnt/text_lines.hpp"

namespace utnt::apps {

namespace {

wire::IpAddress last_address(const wire::Prefix& prefix) {
  if (prefix.address.is_v4()) {
    const auto host_bits = 32U - prefix.length;
    const auto hosts = static_cast<std::uint32_t>((std::uint64_t{1} << host_bits) - 1);
    return wire::Ipv4Address{prefix.address.v4().value() | hosts};
  }
  auto last = prefix.address.v6();
  for (unsigned bit = prefix.length; bit < 128; ++bit) {
    last.octets[bit / 8] = static_cast<std::uint8_t>(last.octets[bit / 8] | (0x80U >> (bit % 8)));
  }
  return last;
}

}  // namespace

void BlockList::read(std::istream& input, const std::string& name) {
  TextLines lines{input};
  while (const auto line = lines.next()) {
    const auto text = without_comment(*line);
    if (text.empty()) continue;
    const auto prefix = wire::parse_prefix(text);
    if (lines.was_cut() || !prefix) {
      throw Failure{ExitCode::bad_input,
                    fmt::format("{}:{}: \"{}\" is not a prefix such as 192.0.2.0/24 or 2001:db8::/32 (host bits "
                                "must be zero); a block list must be right in every line",
                                name, lines.number(), printable(text))};
    }
    ranges_.emplace_back(prefix->address, last_address(*prefix));
  }
  std::sort(ranges_.begin(), ranges_.end());
  std::vector<Range> merged;
  for (const auto& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

void BlockList::read_file(const std::string& path) {
  std::ifstream input{path, std::ios::binary};
  if (!input || input.peek() == std::ifstream::traits_type::eof()) {
    if (!is_readable_file(path)) {
      throw Failure{ExitCode::bad_input, fmt::format("cannot read the block list {}: {}", path, why_unreadable(path))};
    }
  }
  read(input, path);
}

bool BlockList::contains(const wire::IpAddress& address) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const wire::IpAddress& a, const Range& range) { return a < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->second;
}

bool BlockList::blocks(const void* context, const wire::IpAddress& address) {
  return static_cast<const BlockList*>(context)->contains(address);
}

}  // namespace utnt::apps
