// SPDX-License-Identifier: BSD-2-Clause
// Whether this node may and can run an order, before anything is sent: its owner's limits, forbidden targets, tenders.
#pragma once

#include <string>

#include "fleet/model/order.hpp"
#include "fleet/node/forbidden.hpp"
#include "fleet/node/node_config.hpp"

namespace utnt::fleet {

/// A reason of fleet::reason and a sentence for people; both empty: nothing speaks against it.
struct OrderRefusal {
  std::string reason;
  std::string detail;
};
OrderRefusal check_order(const Order& order, const NodeConfig& config, const Forbidden& forbidden,
                         const Variants& variants);

}  // namespace utnt::fleet
