// SPDX-License-Identifier: BSD-2-Clause
// For the tests of the agent: a directory that goes away, an order, and a bundle for it.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "fleet/model/bundle.hpp"
#include "fleet/model/order.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet {

using utnt::test::TemporaryDirectory;

inline Order some_order(std::uint64_t event = 1) {
  Order order;
  order.campaign = "test";
  order.event = event;
  order.tender = "process";
  order.image = std::string(64, 'a');
  order.targets = {"20.0.8.2"};
  order.id = order_id(order);
  return order;
}

inline std::string some_bundle(const Order& order, std::uint32_t attempt) {
  BundleHeader header{.job = order.id, .attempt = attempt, .node = "here"};
  header.variant = "unikernel";
  header.tender = order.tender;
  header.image = order.image;
  header.end = "exited";
  header.is_complete = true;
  return write_bundle(header, "{\"type\":\"run\"}\n");
}

}  // namespace utnt::fleet
