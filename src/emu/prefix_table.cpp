// SPDX-License-Identifier: BSD-2-Clause
// Prefixes may nest (a link inside an owned block), so the address line is cut into intervals of one longest match
// each.
#include "emu/prefix_table.hpp"

#include <algorithm>

namespace utnt::emu {

PrefixTable::PrefixTable(const Model& model) {
  add_links(model);
  add_nodes(model);
  std::sort(owners_.begin(), owners_.end());
  build_intervals();
}

void PrefixTable::add_links(const Model& model) {
  for (std::size_t i = 0; i < model.links.size(); ++i) {
    const auto& link = model.links[i];
    PrefixEntry entry{link.subnet, {link.a, link.b}, {}, static_cast<std::int32_t>(i), false};
    if (link.domain >= 0) entry.domains.push_back(static_cast<std::uint32_t>(link.domain));
    if (link.igp && link.domain < 0) {
      for (const auto end : entry.attached)
        for (const auto d : model.nodes[end].domains) entry.domains.push_back(d);
    }
    owners_.emplace_back(link.address_a, link.a);
    owners_.emplace_back(link.address_b, link.b);
    entries_.push_back(std::move(entry));
  }
}

void PrefixTable::add_nodes(const Model& model) {
  loopbacks_.assign(model.nodes.size(), nobody);
  for (std::uint32_t n = 0; n < model.nodes.size(); ++n) {
    const auto& node = model.nodes[n];
    if (node.loopback != 0) {
      loopbacks_[n] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({{node.loopback, ~std::uint32_t{0}}, {n}, node.domains, -1, true});
      owners_.emplace_back(node.loopback, n);
    }
    for (const auto& range : node.owns) entries_.push_back({range, {n}, node.domains, -1, false});
  }
}

void PrefixTable::build_intervals() {
  std::vector<std::uint32_t> cuts{0};
  for (const auto& e : entries_) {
    cuts.push_back(e.range.base);
    const std::uint32_t last = e.range.base | ~e.range.mask;
    if (last != ~std::uint32_t{0}) cuts.push_back(last + 1);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<std::uint32_t> winner(cuts.size(), nobody);
  std::vector<std::uint32_t> by_length(entries_.size());
  for (std::uint32_t i = 0; i < by_length.size(); ++i) by_length[i] = i;
  std::stable_sort(by_length.begin(), by_length.end(), [this](std::uint32_t a, std::uint32_t b) {
    return entries_[a].range.mask < entries_[b].range.mask;
  });
  for (const auto index : by_length) {  // longer prefixes come later and win; of equal ones the first declared
    const auto& range = entries_[index].range;
    auto at = std::lower_bound(cuts.begin(), cuts.end(), range.base);
    for (; at != cuts.end() && range.contains(*at); ++at) {
      auto& w = winner[static_cast<std::size_t>(at - cuts.begin())];
      if (w == nobody || entries_[w].range.mask != range.mask) w = index;
    }
  }
  for (std::size_t i = 0; i < cuts.size(); ++i) intervals_.emplace_back(cuts[i], winner[i]);
}

Target PrefixTable::resolve(std::uint32_t address) const {
  const auto above = std::upper_bound(intervals_.begin(), intervals_.end(), address,
                                      [](std::uint32_t a, const auto& interval) { return a < interval.first; });
  const std::uint32_t prefix = std::prev(above)->second;
  std::uint32_t owner = nobody;
  const auto own = std::lower_bound(owners_.begin(), owners_.end(), std::pair{address, 0U});
  if (own != owners_.end() && own->first == address)
    owner = own->second;
  else if (prefix != nobody && entries_[prefix].link < 0)
    owner = entries_[prefix].attached.front();
  return Target{owner} << 32 | prefix;
}

bool PrefixTable::attached(std::uint32_t node, std::uint32_t prefix) const {
  const auto& list = entries_[prefix].attached;
  return std::find(list.begin(), list.end(), node) != list.end();
}

}  // namespace utnt::emu
