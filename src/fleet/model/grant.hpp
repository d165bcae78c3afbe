// SPDX-License-Identifier: BSD-2-Clause
// What the controller lets a node do for one attempt of one job: its limits of the inventory, signed together with the
// order, so that no order can be shown to another node, or to this one with other limits. It is the body of a job
// message: signature (96 characters), line feed, grant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "fleet/model/budget.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::fleet {

struct Grant {
  std::string node{};
  std::uint32_t attempt{1};
  BudgetLimits limits{};
  friend bool operator==(const Grant&, const Grant&) = default;
};

std::vector<std::byte> sign_grant(const SecretKey& key, const Grant& grant, std::string_view order);
/// Throws std::invalid_argument: it is none, or not this key's for this order.
Grant open_grant(const PublicKey& key, ConstBytes body, std::string_view order);

}  // namespace utnt::fleet
