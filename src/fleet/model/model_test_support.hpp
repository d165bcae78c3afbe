// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the model share: orders that differ in one number, and times in seconds.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/model/order.hpp"

namespace utnt::fleet::test {

constexpr Instant at(std::int64_t seconds) { return Instant{seconds * 1'000'000'000}; }

inline Order order_number(std::uint64_t event) {
  Order order;
  order.campaign = "test";
  order.event = event;
  order.image = std::string(64, 'a');
  order.targets = {"20.0.8.2"};
  order.id = order_id(order);
  return order;
}

inline JobRecord job_number(std::uint64_t event, std::vector<std::string> nodes) {
  JobRecord record;
  record.order = order_number(event);
  record.nodes = std::move(nodes);
  return record;
}

}  // namespace utnt::fleet::test
