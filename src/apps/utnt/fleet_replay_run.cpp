// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "apps/utnt/fleet_replay_nodes.hpp"
#include "fleet/controller/event_clock.hpp"
#include "fleet/transport/stage.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {
namespace {

using os_linux::monotonic_now;

constexpr Duration patience{100'000'000}, connect_max{60'000'000'000}, settle_max{600'000'000'000};
constexpr std::uint32_t run_seconds = 120;

std::string campaign_of(std::uint32_t run) { return fmt::format("run-{}", run); }

}  // namespace

ReplayFleet::ReplayFleet(const ReplayOptions& options, const std::string& directory, fleet::Inventory inventory,
                         const std::function<void(const std::string& known_hosts)>& pin)
    : options_{options},
      home_{directory},
      inventory_{std::move(inventory)},
      key_{home_.key()},
      store_{home_.open_store(fleet::Access::controller)},
      connections_{home_},
      image_{image_for(store_, key_, {}, options.is_unikernel() ? options.tender : options.variant)} {
  pin(home_.directory() + "/known_hosts");
  for (const auto& node : inventory_.nodes) selectable_.push_back({.name = node.name, .tags = {}});
}

void ReplayFleet::connect() {
  for (const auto& [name, staged] : connections_.stage_all(inventory_))
    if (staged.outcome > fleet::Staged::now) throw Failure{ExitCode::environment, name + ": " + staged.detail};
  std::vector<fleet::ControlledNode> nodes;
  for (const auto& node : inventory_.nodes) nodes.push_back(connections_.controlled(node));
  const fleet::ControllerSetting setting{
      .policy = {.when_busy = options_.policy == "discard" ? fleet::WhenBusy::discard : fleet::WhenBusy::wait},
      .enrols = true};
  controller_ = std::make_unique<fleet::Controller>(store_, key_, setting, std::move(nodes), recorder_);
  const auto is_there = [&](const fleet::InventoryNode& node) {
    return controller_->is_connected(node.name) && controller_->dispatcher().free_slots(node.name, monotonic_now()) > 0;
  };
  const auto deadline = monotonic_now() + connect_max;
  while (!std::ranges::all_of(inventory_.nodes, is_there)) {
    if (monotonic_now() > deadline) throw Failure{ExitCode::environment, "the nodes cannot be reached"};
    controller_->turn(patience, {});
  }
}

void ReplayFleet::accept(std::uint32_t run, std::uint64_t event, std::vector<std::string> nodes, Instant due) {
  fleet::JobRecord record;
  auto& order = record.order;
  order.campaign = campaign_of(run);
  order.event = event;
  order.variant = *fleet::variant_named(options_.variant);
  if (options_.is_unikernel()) order.tender = options_.tender;
  order.image = image_;
  order.targets = {replay_destination};
  order.limits.pps = options_.pps;
  order.limits.memory_bytes = replay_memory(options_.variant, options_.tender);
  order.limits.seconds = run_seconds;
  order.id = fleet::order_id(order);
  record.nodes = std::move(nodes);
  recorder_.begin(run, order.id, event, due);
  controller_->accept({std::move(record)}, {.campaign = campaign_of(run), .event = event, .jobs = 1});
}

void ReplayFleet::settle() {
  const auto deadline = monotonic_now() + settle_max;
  while (!controller_->is_settled()) {
    if (monotonic_now() > deadline) throw Failure{ExitCode::environment, "deployments do not come to an end"};
    controller_->turn(patience, {});
  }
}

void ReplayFleet::warm_up() {
  store_.start_campaign(campaign_of(0), fleet::sha256_hex(std::string_view{"warm-up"}), inventory_.nodes.size());
  std::uint64_t event = 0;
  for (const auto& node : inventory_.nodes) accept(0, ++event, {node.name}, monotonic_now());
  settle();
  for (const auto& deployment : recorder_.take()) {
    if (deployment.state != "done")
      throw Failure{ExitCode::environment, fmt::format("{} cannot be warmed up: {} {}: {}", deployment.node,
                                                       deployment.state, deployment.reason, deployment.detail)};
  }
}

std::vector<Deployment> ReplayFleet::play(std::uint32_t run, const fleet::EventList& list, Instant start) {
  store_.start_campaign(campaign_of(run), fleet::sha256_hex(std::string_view{"replay"}), list.events.size());
  fleet::EventClock clock{list, {}, start, os_linux::wall_clock_ns()};
  const auto all = fleet::NodeExpression::parse("all");
  while (!clock.is_over()) {
    for (const auto& event : clock.take_due(monotonic_now())) {
      auto candidates = fleet::candidate_lists(selectable_, all, 1U, event.number);
      accept(run, event.number, std::move(candidates.at(0)), start + list.events.at(event.number - 1).at);
    }
    auto wait = patience;
    if (const auto next = clock.next_at()) wait = std::min(wait, *next - monotonic_now());
    controller_->turn(std::max(wait, Duration{0}), {});
  }
  settle();
  return recorder_.take();
}

std::vector<std::string> ReplayFleet::complaints() const {
  auto complaints = recorder_.complaints();
  if (const auto balance = store_.balance(); !balance.alert.empty()) complaints.push_back("ledger: " + balance.alert);
  return complaints;
}

}  // namespace utnt::apps
