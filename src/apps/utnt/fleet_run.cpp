// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_view.hpp"
#include "fleet/controller/controller.hpp"
#include "fleet/controller/selection.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/signals.hpp"

namespace utnt::apps {

namespace {

/// An event that is due at a time after the start, as one job.
struct DueEvent {
  Duration at;
  std::uint64_t number{0};
};

class FleetRun {
 public:
  explicit FleetRun(const FleetRunOptions& options);
  ExitCode run();

 private:
  [[nodiscard]] fleet::JobRecord request_of(std::uint64_t event, std::uint32_t part,
                                            std::vector<std::string> nodes) const;
  std::vector<fleet::ControlledNode> connect_nodes();
  void accept_due(Instant start, fleet::Controller& controller);
  ExitCode finish(const fleet::Controller& controller, double seconds);

  const FleetRunOptions& options_;
  FleetHome home_;
  fleet::SecretKey key_;
  fleet::Store store_;
  FleetView view_;
  std::string image_;
  std::string campaign_;
  std::vector<fleet::Selectable> selectable_;
  fleet::NodeExpression where_;
  std::deque<DueEvent> events_;
  NodeConnections connections_;
  bool has_only_local_{true};
  FleetView::Totals totals_;
};

FleetRun::FleetRun(const FleetRunOptions& options)
    : options_{options},
      home_{options.directory},
      key_{home_.key()},
      store_{home_.open_store(fleet::Access::controller)},
      view_{options.json},
      where_{fleet::NodeExpression::parse(options.where)},
      connections_{home_} {}

fleet::JobRecord FleetRun::request_of(std::uint64_t event, std::uint32_t part, std::vector<std::string> nodes) const {
  fleet::JobRecord record;
  auto& order = record.order;
  order.campaign = campaign_;
  order.event = event;
  order.part = part;
  order.variant = *fleet::variant_named(options_.variant);
  order.tender = options_.tender;
  order.image = image_;
  order.options = options_.options;
  order.targets = options_.destinations;
  order.limits.pps = options_.pps;
  order.limits.memory_bytes = options_.memory_mib << 20;
  order.limits.seconds = options_.run_seconds;
  order.id = fleet::order_id(order);
  record.nodes = std::move(nodes);
  return record;
}

void FleetRun::accept_due(Instant start, fleet::Controller& controller) {
  while (!events_.empty() && os_linux::monotonic_now() >= start + events_.front().at) {
    const auto event = events_.front();
    events_.pop_front();
    ++totals_.events;
    const auto count = options_.count == 0U ? std::nullopt : options_.count;
    auto lists = fleet::candidate_lists(selectable_, where_, count, event.number);
    const fleet::EventRow row{
        .campaign = campaign_, .event = event.number, .jobs = static_cast<std::uint32_t>(lists.size())};
    std::vector<fleet::JobRecord> requests;
    for (std::uint32_t part = 0; part < lists.size(); ++part)
      requests.push_back(request_of(event.number, part, std::move(lists[part])));
    for (const auto answer : controller.accept(std::move(requests), row))
      if (answer == fleet::Acceptance::duplicate) ++totals_.duplicates;
  }
}

std::vector<fleet::ControlledNode> FleetRun::connect_nodes() {
  const auto inventory = open_inventory(options_.inventory, home_, options_.network, options_.slots);
  std::vector<fleet::ControlledNode> nodes;
  for (const auto& node : inventory.nodes) {
    if (options_.enrols) connections_.enrol_host_key(node);
    nodes.push_back(connections_.controlled(node));
    selectable_.push_back({.name = node.name, .tags = node.tags});
    has_only_local_ = has_only_local_ && node.transport == fleet::NodeTransport::local;
  }
  for (const auto& name : where_.names()) {
    if (inventory.find(name) == nullptr)
      throw Failure{ExitCode::bad_input, fmt::format("--nodes {}: no node is called {}", options_.where, name)};
  }
  for (const auto& [name, staged] : connections_.stage_all(inventory))
    if (staged.outcome > fleet::Staged::now) view_.node_down(name, staged.detail);
  return nodes;
}

ExitCode FleetRun::run() {
  if (options_.destinations.empty()) throw Failure{ExitCode::bad_input, "no destination is given"};
  auto nodes = connect_nodes();
  image_ = image_for(store_, key_, options_.image, options_.tender);
  const auto wall = os_linux::wall_clock_ns();
  campaign_ = options_.campaign.empty() ? fmt::format("once-{}", wall) : options_.campaign;
  events_.push_back({.at = Duration{0}, .number = 1});
  fleet::Controller controller{
      store_,
      key_,
      {.policy = {.when_busy = options_.policy == "discard" ? fleet::WhenBusy::discard : fleet::WhenBusy::wait},
       .enrols = options_.enrols || has_only_local_},
      std::move(nodes),
      view_};
  os_linux::StopSignals signals;
  const auto start = os_linux::monotonic_now();
  constexpr Duration patience{1'000'000'000};
  while (!signals.requested()) {
    accept_due(start, controller);
    if (events_.empty() && controller.is_settled()) break;
    std::array<fleet::WaitFor, 1> others{fleet::WaitFor{signals.fd()}};
    auto wait = patience;
    if (!events_.empty()) wait = std::min(wait, start + events_.front().at - os_linux::monotonic_now());
    controller.turn(std::max(wait, Duration{0}), others);
  }
  return finish(controller, static_cast<double>((os_linux::monotonic_now() - start).ns()) / 1e9);
}

ExitCode FleetRun::finish(const fleet::Controller& controller, double seconds) {
  const auto& counts = controller.dispatcher().counts();
  const auto in = [&](fleet::JobState state) { return counts.in_state[static_cast<std::size_t>(state)]; };
  totals_.accepted = counts.accepted;
  totals_.done = in(fleet::JobState::done);
  totals_.refused = in(fleet::JobState::refused);
  totals_.failed = in(fleet::JobState::failed) + in(fleet::JobState::unknown) + in(fleet::JobState::expired);
  totals_.seconds = seconds;
  view_.summary(totals_, options_.variant, options_.tender, options_.policy);
  const auto balance = store_.balance();
  if (!balance.alert.empty()) view_.alert("controller", balance.alert);
  return totals_.failed + totals_.refused == 0 ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace

void add_fleet_run_options(CLI::App& command, FleetRunOptions& options) {
  command.add_option("DST", options.destinations, "Destinations")->type_name("ADDRESS");
  command.add_option("--policy", options.policy, "When all slots are busy: wait in the queue, or discard the event")
      ->check(CLI::IsMember({"wait", "discard"}))
      ->capture_default_str();
  command.add_option("--tender", options.tender, "Who starts the image on a node")
      ->check(CLI::IsMember({"process", "qemu"}))
      ->capture_default_str();
  command.add_option("--image", options.image, "Image by name or digest")->type_name("NAME");
  command.add_option("--options", options.options, "Words for the image, as in 'rules=tnt pps=50'")->type_name("WORDS");
  command.add_option("--campaign", options.campaign, "Name under which events are counted once")->type_name("NAME");
  command.add_option("--pps", options.pps, "Probes a second of one run")->capture_default_str();
  command.add_option("--slots", options.slots, "Runs at once on this machine, without an inventory")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  command
      .add_option("--net", options.network.net, "Network of this machine's runs, without an inventory: as in utnt run")
      ->capture_default_str();
  command.add_option("--ip", options.network.address, "Their address")->type_name("A.B.C.D/LENGTH");
  command.add_option("--gateway", options.network.gateway, "Their gateway")->type_name("ADDRESS");
  command.add_option("--gateway-mac", options.network.gateway_mac, "Its hardware address")->type_name("MAC");
  command.add_option("--dir", options.directory, "Directory of the controller")->type_name("DIRECTORY");
  command.add_option("--inventory", options.inventory, "Nodes; default: inventory.toml there, else this machine")
      ->type_name("FILE");
  command.add_option("--nodes", options.where, "Which nodes may run it: all, NAME, tag:TAG, with and, or, not")
      ->type_name("EXPRESSION")
      ->capture_default_str();
  command.add_option("--count", options.count, "On so many nodes at once; 0: on each that fits")->type_name("N");
  command.add_flag("--enrol", options.enrols,
                   "Take host keys and agents' keys that are not known yet for the right ones");
  command.add_flag("--json", options.json, "JSON lines on standard output");
}

ExitCode fleet_run(const FleetRunOptions& options) { return FleetRun{options}.run(); }

}  // namespace utnt::apps
