// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_http.hpp"
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
  TakenEvent accept(const fleet::DueEvent& event, fleet::Controller& controller);
  /// Throws std::invalid_argument: what is wrong with it.
  TakenEvent take(fleet::Trigger trigger, fleet::Controller& controller);
  std::vector<fleet::ControlledNode> connect_nodes();
  /// None: it was not asked for.
  std::unique_ptr<FleetHttp> open_http(fleet::Controller& controller);
  /// Events do not begin before the nodes are there, those that come within a while: under the policy discard the first
  /// ones would find nobody.
  void wait_for_nodes(fleet::Controller& controller, const os_linux::StopSignals& signals);
  ExitCode finish(double seconds);

  const FleetRunOptions& options_;
  FleetHome home_;
  fleet::SecretKey key_;
  fleet::Store store_;
  fleet::LiveState state_;
  FleetView view_;
  fleet::BothObservers observers_{state_, view_};
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
      view_{options.json, &state_},
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
  // Triggers are numbered behind everything that this campaign has had, and behind what its list may still have.
  constexpr std::uint64_t beyond_lists = 1'000'000'000;
  if (!list.events.empty() || !list.schedules.empty()) next_trigger_ = beyond_lists;
  if (const auto had = store_.events_had(campaign_); !had.empty())
    next_trigger_ = std::max(next_trigger_, *had.rbegin());
  return list;
}

TakenEvent FleetRun::accept(const fleet::DueEvent& event, fleet::Controller& controller) {
  ++totals_.events;
  const auto where = fleet::NodeExpression::parse(event.what.nodes);
  auto lists = fleet::candidate_lists(selectable_, where, event.what.count, event.number);
  const fleet::EventRow row{
      .campaign = campaign_, .event = event.number, .jobs = static_cast<std::uint32_t>(lists.size())};
  TakenEvent taken{.number = event.number, .campaign = campaign_, .jobs = {}};
  std::vector<fleet::JobRecord> requests;
  for (std::uint32_t part = 0; part < lists.size(); ++part) {
    requests.push_back(request_of(event, part, std::move(lists[part])));
    taken.jobs.push_back({.id = requests.back().order.id, .answer = fleet::Acceptance::refused});
  }
  const auto answers = controller.accept(std::move(requests), row);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    taken.jobs[i].answer = answers[i];
    if (answers[i] == fleet::Acceptance::duplicate) ++totals_.duplicates;
  }
  return taken;
}

TakenEvent FleetRun::take(fleet::Trigger trigger, fleet::Controller& controller) {
  if (trigger.what.targets.empty() && options_.destinations.empty())
    throw std::invalid_argument{"targets: expected addresses, as the campaign has none"};
  const auto number = trigger.event.value_or(next_trigger_ + 1);
  next_trigger_ = std::max(next_trigger_, number);
  auto taken = accept({.number = number, .what = std::move(trigger.what)}, controller);
  controller.wait_for_disk();  // who asked is told that it was accepted: it is
  return taken;
}

std::vector<fleet::ControlledNode> FleetRun::connect_nodes() {
  const auto inventory = open_inventory(options_.inventory, home_, options_.network, options_.slots);
  std::vector<fleet::ControlledNode> nodes;
  for (const auto& node : inventory.nodes) {
    if (options_.enrols) connections_.enrol_host_key(node);
    nodes.push_back(connections_.controlled(node));
    selectable_.push_back({.name = node.name, .tags = node.tags});
    state_.add_node(node.name, node.slots, node.location);
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
    controller.wait_for_disk();
    return "cancelled " + found->id;
  }
  if (line.empty() || line.front() == '#') return "";
  try {
    return fmt::format("event {} of {}", take(fleet::parse_trigger(line), controller).number, campaign_);
  } catch (const std::invalid_argument& error) {
    view_.note(fmt::format("a trigger was refused: {}", printable(error.what())));
    return std::string{"refused: "} + error.what();
  }
}

void FleetRun::wait_for_nodes(fleet::Controller& controller, const os_linux::StopSignals& signals) {
  constexpr Duration patience{10'000'000'000}, turn{100'000'000};
  const auto deadline = os_linux::monotonic_now() + patience;
  std::array<fleet::WaitFor, 1> others{fleet::WaitFor{signals.fd()}};
  const auto is_ready = [&](const fleet::Selectable& node) {
    return controller.dispatcher().free_slots(node.name, os_linux::monotonic_now()) > 0;
  };
  while (!signals.requested() && os_linux::monotonic_now() < deadline &&
         !std::all_of(selectable_.begin(), selectable_.end(), is_ready)) {
    controller.turn(turn, others);
  }
}

std::unique_ptr<FleetHttp> FleetRun::open_http(fleet::Controller& controller) {
  if (!options_.http.port) return nullptr;
  state_.keep_traces();
  auto http =
      std::make_unique<FleetHttp>(options_.http, TableHead{.campaign = campaign_, .policy = options_.policy}, state_,
                                  store_, [&](fleet::Trigger trigger) { return take(std::move(trigger), controller); });
  view_.note("serving " + http->url());
  return http;
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
      observers_};
  auto http = open_http(controller);
  view_.set_head({.campaign = campaign_, .policy = options_.policy});
  os_linux::StopSignals signals;
  wait_for_nodes(controller, signals);
  const auto start = os_linux::monotonic_now();
  fleet::EventClock clock{std::move(list), store_.events_had(campaign_), start, os_linux::wall_clock_ns()};
  fleet::LineServer lines{[&](const std::string& line) { return answer(line, controller); }};
  lines.listen(home_.control_socket());
  if (options_.reads_input) lines.read_from(STDIN_FILENO);
  constexpr Duration patience{250'000'000};
  while (!signals.requested()) {
    state_.count(controller.dispatcher().counts());
    view_.tick(os_linux::monotonic_now());
    lines.step();
    if (http) http->step();
    for (const auto& event : clock.take_due(os_linux::monotonic_now())) accept(event, controller);
    if (clock.is_over() && controller.is_settled() && !options_.stays && !lines.has_input()) break;
    std::array<fleet::WaitFor, 3> others{fleet::WaitFor{signals.fd()}, fleet::WaitFor{lines.descriptor()},
                                         fleet::WaitFor{http ? http->descriptor() : -1}};
    auto wait = patience;
    if (const auto next = clock.next_at()) wait = std::min(wait, *next - os_linux::monotonic_now());
    controller.turn(std::max(wait, Duration{0}), others);
  }
  controller.wait_for_disk();
  state_.count(controller.dispatcher().counts());
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

ExitCode fleet_run(const FleetRunOptions& options) {
  try {
    return FleetRun{options}.run();
  } catch (const std::invalid_argument& error) {  // of an event list, an expression or a bundle: input
    throw Failure{ExitCode::bad_input, error.what()};
  }
}

}  // namespace utnt::apps
