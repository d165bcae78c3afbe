// SPDX-License-Identifier: BSD-2-Clause
// The destinations of a campaign: read from arguments and files of any quality, checked, without duplicates, and handed
// to the engine in input order or in an order computed from the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/utnt/block_list.hpp"
#include "apps/utnt/permutation.hpp"
#include "core/engine.hpp"
#include "wire/address.hpp"

namespace utnt::apps {

/// What happened to the lines of the input.
struct TargetCounts {
  std::uint64_t accepted{0};
  std::uint64_t duplicates{0};
  std::uint64_t malformed{0};
  std::uint64_t unsupported{0};    ///< IPv6: read, but not probed by this version
  std::uint64_t reserved{0};       ///< special-purpose addresses, refused
  std::uint64_t blocked{0};        ///< in the block list
  std::uint64_t blocked_later{0};  ///< of these, since the block list was read again
  /// Lines that could not be used although their author meant them to be.
  [[nodiscard]] std::uint64_t failures() const { return malformed + unsupported + reserved; }
};

class TargetList {
 public:
  static constexpr std::size_t targets_max = 50'000'000;
  static constexpr std::uint64_t complaints_max = 10;

  struct Rules {
    bool allow_reserved{false};
    const BlockList* block_list{nullptr};
    std::function<void(const std::string&)>
        complain{};                   ///< one line about an unusable entry; at most complaints_max calls
    std::function<bool()> stopped{};  ///< asked now and then while a file is read; true ends the reading
  };

  explicit TargetList(Rules rules);

  /// One destination; `where` names it in complaints. Throws Failure when the list is full.
  void add(std::string_view text, const std::string& where);
  /// One destination a line, '#' begins a comment. Throws Failure (bad_input) for binary data.
  void read(std::istream& input, const std::string& name);
  /// "-" is standard input. Throws Failure (bad_input) when the file cannot be read.
  void read_file(const std::string& path);

  /// Accepted and blocked ones together, so that places and digest() do not depend on the block list.
  [[nodiscard]] std::size_t size() const { return addresses_.size(); }
  [[nodiscard]] wire::IpAddress at(std::size_t index) const { return addresses_[index]; }
  /// Whether the block list named it when it was read.
  [[nodiscard]] bool was_blocked(std::size_t index) const { return blocked_[index]; }
  [[nodiscard]] const TargetCounts& counts() const { return counts_; }
  /// Equal for equal lists in equal order.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  bool insert(wire::Ipv4Address address);
  void complain(std::uint64_t& counter, const std::string& message);
  void grow();

  Rules rules_;
  std::vector<wire::Ipv4Address> addresses_;
  std::vector<bool> blocked_;         ///< by place
  std::vector<std::uint32_t> slots_;  ///< open hash table of positions + 1 in addresses_
  TargetCounts counts_;
  std::uint64_t complaints_{0};
};

enum class TargetOrder : std::uint8_t { random = 1, input = 2 };

/// The source that core::drive() draws from. Numbers every destination by its place in the list, from 1, so that the
/// number stays the same when a campaign is resumed or its block list changes.
class TargetSource {
 public:
  struct Rules {
    std::function<bool(std::uint64_t)> is_done{};              ///< of a place in the list: finished by an earlier run
    std::function<bool(const wire::IpAddress&)> is_blocked{};  ///< by the block list as it is now
  };

  TargetSource(const TargetList& list, TargetOrder order, std::uint64_t seed, Rules rules);
  std::optional<core::TraceRequest> next();
  /// Destinations passed over because an earlier run finished them.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  /// Destinations that the block list keeps out, as far as is known: of those not yet come to, by the list's first
  /// reading.
  [[nodiscard]] std::uint64_t blocked() const { return blocked_; }
  /// Of these, the ones that the first reading let pass.
  [[nodiscard]] std::uint64_t blocked_later() const { return blocked_later_; }

 private:
  const TargetList& list_;
  Permutation permutation_;
  TargetOrder order_;
  Rules rules_;
  std::uint64_t position_{0};
  std::uint64_t skipped_{0};
  std::uint64_t blocked_;
  std::uint64_t blocked_later_{0};
};

}  // namespace utnt::apps
