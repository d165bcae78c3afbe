// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/check_order.hpp"

#include <gtest/gtest.h>

#include "fleet/model/outcome.hpp"
#include "fleet/node/node_test_support.hpp"
#include "fleet/node/tender_run.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

class NoObjection final : public Variants {
 public:
  [[nodiscard]] std::optional<std::string> cannot(const Order&) const override { return why; }
  std::unique_ptr<Run> start(const Order&, std::uint32_t, const RunSetting&) override { return nullptr; }
  std::optional<std::string> why;
};

std::string reason_of(Order order, const NodeConfig& config = {}, const std::vector<std::string>& forbidden = {}) {
  const NoObjection variants;
  Forbidden nowhere{config.allow_reserved};
  nowhere.add(forbidden, "is on the block list");
  return check_order(order, config, nowhere, variants).reason;
}

TEST(CheckOrder, lets_an_ordinary_order_pass) { EXPECT_EQ(reason_of(some_order()), ""); }

TEST(CheckOrder, keeps_the_nodes_own_words_to_the_node) {
  for (const auto* options : {"net0.ip4=10.0.0.1/8", "uk.exitport=1", "rules=tnt dst=20.0.0.1", "targets=9",
                              "virtio_mmio.device=4K@0:1", "traces=1000000"}) {
    auto order = some_order();
    order.options = options;
    EXPECT_EQ(reason_of(order), reason::not_able) << options;
  }
  auto order = some_order();
  order.options = "rules=tnt window=10";
  EXPECT_EQ(reason_of(order), "");
}

TEST(CheckOrder, refuses_targets_that_no_probe_of_this_node_may_go_to) {
  for (const auto* target : {"10.0.0.1", "127.0.0.1", "192.168.1.1", "169.254.0.1", "224.0.0.1", "0.0.0.0"}) {
    auto order = some_order();
    order.targets.emplace_back(target);
    EXPECT_EQ(reason_of(order), reason::forbidden) << target;
  }
  NodeConfig config;
  config.allow_reserved = true;
  auto order = some_order();
  order.targets.emplace_back("10.0.0.1");
  EXPECT_EQ(reason_of(order, config), "");
  EXPECT_EQ(reason_of(order, config, {"10.0.0.0/8"}), reason::forbidden) << "but a block list holds";
}

TEST(CheckOrder, keeps_to_what_the_owner_allows) {
  auto order = some_order();
  NodeConfig config;
  config.tenders = {"qemu"};
  EXPECT_EQ(reason_of(order, config), reason::not_able);
  config = {};
  config.memory_max = 1 << 20;
  EXPECT_EQ(reason_of(order, config), reason::not_able);
  order.variant = Variant::vm;
  EXPECT_EQ(reason_of(order), reason::not_able);
}

TEST(RunInput, lets_the_nodes_words_win) {
  auto order = some_order();
  order.options = "rules=tnt pps=100000";
  order.limits.pps = 500;
  const auto input = run_input(
      order,
      {.image = {},
       .network = {.kind = "unix", .peer = "/port", .address = "20.0.0.2/24", .gateway = "20.0.0.1", .gateway_mac = {}},
       .forbidden = {"20.0.9.0-20.0.9.255"},
       .pps_max = 50,
       .prefix_pps_max = 7,
       .node = "here",
       .received = {},
       .verified = {}});
  EXPECT_EQ(input.command_line,
            "rules=tnt pps=100000 pps=50 targets=1 net0.ip4=20.0.0.2/24 prefix-pps=7 net0.gw4=20.0.0.1");
  EXPECT_EQ(input.module, "!20.0.9.0-20.0.9.255\n20.0.8.2\n");
}

}  // namespace
}  // namespace utnt::fleet
