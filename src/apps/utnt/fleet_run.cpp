// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "apps/utnt/fleet_view.hpp"
#include "fleet/controller/controller.hpp"
#include "fleet/controller/event_clock.hpp"
#include "fleet/controller/line_server.hpp"
#include "fleet/controller/selection.hpp"
#include "fleet/model/event_list.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/signals.hpp"

namespace utnt::apps {

namespace {

/// The text of an event list: a file, or one of the two that the program knows.
std::string event_list_text(const std::string& name) {
  if (name == "paper" || name == "paper-full") return fleet::paper_event_list(name == "paper-full");
  std::ifstream file{name};
  if (!file) throw Failure{ExitCode::bad_input, "cannot read the event list " + name};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class FleetRun {
 public:
  explicit FleetRun(const FleetRunOptions& options);
  ExitCode run();

 private:
  [[nodiscard]] fleet::JobRecord request_of(const fleet::DueEvent& event, std::uint32_t part,
                                            std::vector<std::string> nodes) const;
  [[nodiscard]] bool is_reactive() const { return options_.stays || options_.reads_input; }
  fleet::EventList read_events();
  /// A line of standard input or of the control socket: a trigger or a command.
  std::string answer(const std::string& line, fleet::Controller& controller);
  void accept(const fleet::DueEvent& event, fleet::Controller& controller);
  std::vector<fleet::ControlledNode> connect_nodes();
  ExitCode finish(double seconds);

  const FleetRunOptions& options_;
  FleetHome home_;
  fleet::SecretKey key_;
  fleet::Store store_;
  FleetView view_;
  std::string image_;
  std::string campaign_;
  std::vector<fleet::Selectable> selectable_;
  NodeConnections connections_;
  bool has_only_local_{true};
  std::uint64_t next_trigger_{0};
  FleetView::Totals totals_;
};

FleetRun::FleetRun(const FleetRunOptions& options)
    : options_{options},
      home_{options.directory},
      key_{home_.key()},
      store_{home_.open_store(fleet::Access::controller)},
      view_{options.json},
      connections_{home_} {}

fleet::JobRecord FleetRun::request_of(const fleet::DueEvent& event, std::uint32_t part,
                                      std::vector<std::string> nodes) const {
  const auto& what = event.what;
  fleet::JobRecord record;
  auto& order = record.order;
  order.campaign = campaign_;
  order.event = event.number;
  order.part = part;
  order.variant = what.variant.value_or(*fleet::variant_named(options_.variant));
  order.tender = what.tender.value_or(options_.tender);
  order.image = image_;
  order.options = what.options.value_or(options_.options);
  order.targets = what.targets.empty() ? options_.destinations : what.targets;
  order.limits.pps = options_.pps;
  order.limits.memory_bytes = options_.memory_mib << 20;
  order.limits.seconds = options_.run_seconds;
  order.id = fleet::order_id(order);
  record.nodes = std::move(nodes);
  record.priority = what.priority;
  const auto now = os_linux::monotonic_now();
  if (what.start_by) record.start_by = now + *what.start_by;
  if (what.finish_by) record.finish_by = now + *what.finish_by;
  return record;
}

fleet::EventList FleetRun::read_events() {
  fleet::EventList list;
  std::string text;
  if (options_.events.empty() && is_reactive()) {
    text = "triggers";
  } else if (options_.events.empty()) {
    fleet::Event once;
    once.number = 1;
    once.what.nodes = options_.where;
    once.what.count = options_.count == 0U ? std::nullopt : options_.count;
    list.events.push_back(std::move(once));
  } else {
    text = event_list_text(options_.events);
    list = fleet::parse_event_list(text, options_.events);
    view_.note(fmt::format("{}: {} events, {} schedules", options_.events, list.events.size(), list.schedules.size()));
    for (const auto& gap : list.gaps) view_.note(fmt::format("{}: missing: {}", options_.events, fleet::gap_text(gap)));
  }
  for (const auto& event : list.events) {
    if (event.what.targets.empty() && options_.destinations.empty())
      throw Failure{ExitCode::bad_input, "no destination is given, neither here nor in the event list"};
  }
  const auto wall = os_linux::wall_clock_ns();
  campaign_ = options_.campaign.empty() ? fmt::format("once-{}", wall) : options_.campaign;
  std::string identity = text;
  for (const auto& destination : options_.destinations) identity += " " + destination;
  store_.start_campaign(campaign_, fleet::sha256_hex(identity), list.events.size());
  return list;
}

void FleetRun::accept(const fleet::DueEvent& event, fleet::Controller& controller) {
  ++totals_.events;
  const auto where = fleet::NodeExpression::parse(event.what.nodes);
  auto lists = fleet::candidate_lists(selectable_, where, event.what.count, event.number);
  const fleet::EventRow row{
      .campaign = campaign_, .event = event.number, .jobs = static_cast<std::uint32_t>(lists.size())};
  std::vector<fleet::JobRecord> requests;
  for (std::uint32_t part = 0; part < lists.size(); ++part)
    requests.push_back(request_of(event, part, std::move(lists[part])));
  for (const auto answer : controller.accept(std::move(requests), row)) {
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
  for (const auto& name : fleet::NodeExpression::parse(options_.where).names()) {
    if (inventory.find(name) == nullptr)
      throw Failure{ExitCode::bad_input, fmt::format("--nodes {}: no node is called {}", options_.where, name)};
  }
  for (const auto& [name, staged] : connections_.stage_all(inventory))
    if (staged.outcome > fleet::Staged::now) view_.node_down(name, staged.detail);
  return nodes;
}

std::string FleetRun::answer(const std::string& line, fleet::Controller& controller) {
  if (line == "stop") {
    controller.stop_all();
    return "stopping";
  }
  if (line.starts_with("cancel ")) {
    const auto found = store_.find_job(line.substr(std::string_view{"cancel "}.size()));
    if (!found) return "no such job";
    controller.cancel(found->id);
    return "cancelled " + found->id;
  }
  if (line.empty() || line.front() == '#') return "";
  try {
    auto trigger = fleet::parse_trigger(line);
    if (trigger.what.targets.empty() && options_.destinations.empty()) return "refused: no targets";
    const auto number = trigger.event.value_or(next_trigger_ + 1);
    next_trigger_ = std::max(next_trigger_, number);
    accept({.number = number, .what = std::move(trigger.what)}, controller);
    return fmt::format("event {} of {}", number, campaign_);
  } catch (const std::invalid_argument& error) {
    view_.note(fmt::format("a trigger was refused: {}", printable(error.what())));
    return std::string{"refused: "} + error.what();
  }
}

ExitCode FleetRun::run() {
  auto list = read_events();
  auto nodes = connect_nodes();
  image_ = image_for(store_, key_, options_.image, options_.tender);
  fleet::Controller controller{
      store_,
      key_,
      {.policy = {.when_busy = options_.policy == "discard" ? fleet::WhenBusy::discard : fleet::WhenBusy::wait},
       .enrols = options_.enrols || has_only_local_},
      std::move(nodes),
      view_};
  os_linux::StopSignals signals;
  const auto start = os_linux::monotonic_now();
  fleet::EventClock clock{std::move(list), store_.events_had(campaign_), start, os_linux::wall_clock_ns()};
  fleet::LineServer lines{[&](const std::string& line) { return answer(line, controller); }};
  lines.listen(home_.control_socket());
  if (options_.reads_input) lines.read_from(STDIN_FILENO);
  constexpr Duration patience{1'000'000'000};
  while (!signals.requested()) {
    lines.step();
    for (const auto& event : clock.take_due(os_linux::monotonic_now())) accept(event, controller);
    if (clock.is_over() && controller.is_settled() && !options_.stays && !lines.has_input()) break;
    std::array<fleet::WaitFor, 2> others{fleet::WaitFor{signals.fd()}, fleet::WaitFor{lines.descriptor()}};
    auto wait = patience;
    if (const auto next = clock.next_at()) wait = std::min(wait, *next - os_linux::monotonic_now());
    controller.turn(std::max(wait, Duration{0}), others);
  }
  return finish(static_cast<double>((os_linux::monotonic_now() - start).ns()) / 1e9);
}

ExitCode FleetRun::finish(double seconds) {
  const auto in = [&](fleet::JobState state) { return view_.ended(state); };
  totals_.accepted = view_.seen();
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
  command
      .add_option("--events", options.events,
                  "Event list: a file, or paper (59 events in 60 seconds), or paper-full (60); default: one event, now")
      ->type_name("FILE");
  command.add_flag("--stdin", options.reads_input, "Take triggers from standard input, one a line, until it ends");
  command.add_flag("--stay", options.stays, "Take triggers from the control socket until a signal comes");
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
