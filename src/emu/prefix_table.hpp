// SPDX-License-Identifier: BSD-2-Clause
// Every prefix of a scenario and who is attached to it, found by longest match in one binary search; and the owner of
// every single address.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "emu/model.hpp"

namespace utnt::emu {

inline constexpr std::uint32_t nobody = ~std::uint32_t{0};

struct PrefixEntry {
  Ipv4Range range;
  std::vector<std::uint32_t> attached;  ///< nodes: two for a link, one for a loopback or an owned prefix
  std::vector<std::uint32_t> domains;   ///< ASes whose IGP carries it
  std::int32_t link{-1};
  bool is_loopback{false};
};

class PrefixTable {
 public:
  explicit PrefixTable(const Model& model);
  /// Prefix index in the low half (nobody: unknown address), owner of the very address in the high half.
  [[nodiscard]] Target resolve(std::uint32_t address) const;
  static std::uint32_t prefix_of(Target t) { return static_cast<std::uint32_t>(t); }
  static std::uint32_t owner_of(Target t) { return static_cast<std::uint32_t>(t >> 32); }
  [[nodiscard]] const std::vector<PrefixEntry>& entries() const { return entries_; }
  /// Index of the loopback prefix of `node`; nobody when it has none.
  [[nodiscard]] std::uint32_t loopback_of(std::uint32_t node) const { return loopbacks_[node]; }
  [[nodiscard]] bool attached(std::uint32_t node, std::uint32_t prefix) const;

 private:
  void add_links(const Model& model);
  void add_nodes(const Model& model);
  void build_intervals();
  std::vector<PrefixEntry> entries_;
  std::vector<std::uint32_t> loopbacks_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners_;     // address, node; sorted
  std::vector<std::pair<std::uint32_t, std::uint32_t>> intervals_;  // first address, prefix; sorted
};

}  // namespace utnt::emu
