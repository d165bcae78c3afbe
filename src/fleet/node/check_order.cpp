// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/check_order.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "abi/command_line.hpp"
#include "fleet/model/outcome.hpp"

namespace utnt::fleet {
namespace {

/// Words that belong to the node: how the instance reaches the network, and what it is made of.
bool is_nodes_own(std::string_view key) {
  if (key.starts_with("uk.") || key.starts_with("net") || key.starts_with("virtio_mmio.")) return true;
  return key == "dst" || key == "targets" || key == "traces" || key == "addresses" || key == "tunnels";
}

OrderRefusal refuse(std::string_view reason, std::string detail) { return {std::string{reason}, std::move(detail)}; }

}  // namespace

OrderRefusal check_order(const Order& order, const NodeConfig& config, const Forbidden& forbidden,
                         const Variants& variants) {
  const auto holds = [](const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  if (!holds(config.variants, name_of(order.variant)))
    return refuse(reason::not_able, fmt::format("this node runs no variant {}", name_of(order.variant)));
  if (!order.tender.empty() && !holds(config.tenders, order.tender))
    return refuse(reason::not_able, fmt::format("this node allows no tender {}", order.tender));
  if (order.limits.memory_bytes > config.memory_max)
    return refuse(reason::not_able, fmt::format("{} bytes of memory are wanted, {} allowed", order.limits.memory_bytes,
                                                config.memory_max));
  abi::CommandLine words{order.options};
  while (const auto word = words.next())
    if (is_nodes_own(word->key))
      return refuse(reason::not_able, fmt::format("the option {} is the node's own", word->key));
  for (const auto& target : order.targets) {
    const auto address = wire::parse_address(target);
    if (!address) return refuse(reason::not_able, "no address: " + target);
    if (const auto why = forbidden.why(*address)) return refuse(reason::forbidden, fmt::format("{} {}", target, *why));
  }
  if (auto why = variants.cannot(order)) return refuse(reason::not_able, std::move(*why));
  return {};
}

}  // namespace utnt::fleet
