// SPDX-License-Identifier: BSD-2-Clause
// See targets.hpp. Memory: 4 bytes an address and 8 to 16 for the hash table that finds duplicates.
#include "apps/utnt/targets.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <utility>

#include "apps/utnt/command.hpp"
#include "apps/utnt/text_lines.hpp"
#include "base/prng.hpp"
#include "base/siphash.hpp"

namespace utnt::apps {

TargetList::TargetList(Rules rules) : rules_{std::move(rules)}, slots_(64, 0) {}

void TargetList::complain(std::uint64_t& counter, const std::string& message) {
  ++counter;
  if (!rules_.complain || complaints_ >= complaints_max) return;
  ++complaints_;
  rules_.complain(complaints_ == complaints_max ? message + " (further ones are only counted)" : message);
}

void TargetList::grow() {
  std::vector<std::uint32_t> bigger(slots_.size() * 2, 0);
  for (std::uint32_t i = 0; i < addresses_.size(); ++i) {
    auto slot = mix64(addresses_[i].value()) & (bigger.size() - 1);
    while (bigger[slot] != 0) slot = (slot + 1) & (bigger.size() - 1);
    bigger[slot] = i + 1;
  }
  slots_ = std::move(bigger);
}

bool TargetList::insert(wire::Ipv4Address address) {
  auto slot = mix64(address.value()) & (slots_.size() - 1);
  while (slots_[slot] != 0) {
    if (addresses_[slots_[slot] - 1] == address) return false;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  addresses_.push_back(address);
  slots_[slot] = static_cast<std::uint32_t>(addresses_.size());
  if (addresses_.size() * 2 > slots_.size()) grow();
  return true;
}

void TargetList::add(std::string_view text, const std::string& where) {
  const auto address = wire::parse_address(text);
  if (!address) {
    complain(counts_.malformed,
             fmt::format("{}: \"{}\" is not an address (names are not looked up)", where, printable(text)));
    return;
  }
  if (!address->is_v4()) {
    complain(counts_.unsupported, fmt::format("{}: {} is IPv6, which this version does not probe", where, text));
    return;
  }
  if (!rules_.allow_reserved && wire::is_reserved(*address)) {
    complain(counts_.reserved,
             fmt::format("{}: {} is in a reserved range; --allow-reserved probes it all the same", where, text));
    return;
  }
  if (addresses_.size() == targets_max) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("{}: more than {} destinations; split the list into several runs", where, targets_max)};
  }
  if (!insert(address->v4())) {
    ++counts_.duplicates;
    return;
  }
  blocked_.push_back(rules_.block_list != nullptr && rules_.block_list->contains(*address));
  ++(blocked_.back() ? counts_.blocked : counts_.accepted);
}

void TargetList::read(std::istream& input, const std::string& name) {
  constexpr std::uint64_t lines_between_questions = 1024;
  TextLines lines{input};
  while (const auto line = lines.next()) {
    if (lines.number() % lines_between_questions == 0 && rules_.stopped && rules_.stopped()) return;
    if (line->find('\0') != std::string_view::npos) {
      throw Failure{ExitCode::bad_input,
                    fmt::format("{}:{}: this is binary data, not a list of addresses (results are read by `utnt dump`)",
                                name, lines.number())};
    }
    const auto text = without_comment(*line);
    if (!text.empty()) add(text, fmt::format("{}:{}", name, lines.number()));
  }
  if (input.bad()) throw Failure{ExitCode::bad_input, fmt::format("{}: reading failed", name)};
}

void TargetList::read_file(const std::string& path) {
  if (path == "-") return read(std::cin, "standard input");
  std::ifstream input{path, std::ios::binary};
  if (!input || !is_readable_file(path)) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("cannot read the destinations in {}: {}", path, why_unreadable(path))};
  }
  read(input, path);
}

std::uint64_t TargetList::digest() const {
  constexpr SipKey key{0x75746e742d746172U, 0x676574732d763031U};
  std::uint64_t hash = addresses_.size();
  for (const auto address : addresses_) hash = siphash(key, hash, address.value(), 0);
  return hash;
}

TargetSource::TargetSource(const TargetList& list, TargetOrder order, std::uint64_t seed, Rules rules)
    : list_{list},
      permutation_{list.size(), seed},
      order_{order},
      rules_{std::move(rules)},
      blocked_{list.counts().blocked} {}

std::optional<core::TraceRequest> TargetSource::next() {
  while (position_ < list_.size()) {
    const auto index = order_ == TargetOrder::random ? permutation_.at(position_) : position_;
    ++position_;
    const bool was_blocked = list_.was_blocked(index);
    const bool is_done = rules_.is_done && rules_.is_done(index);
    const bool is_blocked = !is_done && rules_.is_blocked && rules_.is_blocked(list_.at(index));
    if (was_blocked && !is_blocked) --blocked_;
    if (!was_blocked && is_blocked) {
      ++blocked_;
      ++blocked_later_;
    }
    if (is_done) ++skipped_;
    if (is_done || is_blocked) continue;
    return core::TraceRequest{.destination = list_.at(index), .user_id = static_cast<std::uint32_t>(index + 1)};
  }
  return std::nullopt;
}

}  // namespace utnt::apps
