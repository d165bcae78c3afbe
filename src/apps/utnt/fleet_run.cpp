// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

#include "apps/utnt/fleet_events.hpp"
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
#include "os_linux/clock.hpp"
#include "os_linux/signals.hpp"

namespace utnt::apps {

namespace {

class FleetRun {
 public:
  explicit FleetRun(const FleetRunOptions& options);
  ExitCode run();

 private:
  fleet::EventList read_events();
  /// A line of standard input or of the control socket: a trigger or a command.
  std::string answer(const std::string& line);
  TakenEvent accept(const fleet::DueEvent& event);
  /// Throws std::invalid_argument: what is wrong with it; NotYet.
  TakenEvent take(fleet::Trigger trigger);
  fleet::Inventory list_nodes();
  void make_controller(const fleet::Inventory& inventory);
  void open_http();
  /// Events do not begin before the nodes are there, those that come within a while: under the policy discard the first
  /// ones would find nobody.
  void wait_for_nodes(const os_linux::StopSignals& signals);
  void show();
  ExitCode finish(double seconds);

  const FleetRunOptions& options_;
  FleetHome home_;
  fleet::SecretKey key_;
  fleet::Store store_;
  fleet::LiveState state_;
  FleetView view_;
  fleet::BothObservers observers_{state_, view_};
  CampaignImages images_{store_, key_, options_};
  std::string campaign_;
  std::vector<fleet::Selectable> selectable_;
  NodeConnections connections_;
  bool has_only_local_{true};
  std::uint64_t next_trigger_{0};
  FleetView::Totals totals_;
  bool has_begun_{false};  ///< events are taken
  std::unique_ptr<fleet::Controller> controller_;
  std::unique_ptr<FleetHttp> http_;  ///< none: it was not asked for
};

FleetRun::FleetRun(const FleetRunOptions& options)
    : options_{options},
      home_{options.directory},
      key_{home_.key()},
      store_{home_.open_store(fleet::Access::controller)},
      view_{options.json, &state_},
      connections_{home_} {}

fleet::EventList FleetRun::read_events() {
  std::string text;
  auto list = listed_events(options_, text);
  if (!options_.events.empty())
    view_.note(fmt::format("{}: {} events, {} schedules", options_.events, list.events.size(), list.schedules.size()));
  for (const auto& gap : list.gaps) view_.note(fmt::format("{}: missing: {}", options_.events, fleet::gap_text(gap)));
  const auto wall = os_linux::wall_clock_ns();
  campaign_ = options_.campaign.empty() ? fmt::format("once-{}", wall) : options_.campaign;
  std::string identity = text;
  for (const auto& destination : options_.destinations) identity += " " + destination;
  start_campaign(store_, campaign_, options_.policy, identity, list.events.size());
  // Triggers are numbered behind everything that this campaign has had, and behind what its list may still have.
  constexpr std::uint64_t beyond_lists = 1'000'000'000;
  if (!list.events.empty() || !list.schedules.empty()) next_trigger_ = beyond_lists;
  if (const auto had = store_.events_had(campaign_); !had.empty())
    next_trigger_ = std::max(next_trigger_, *had.rbegin());
  return list;
}

TakenEvent FleetRun::accept(const fleet::DueEvent& event) {
  ++totals_.events;
  const auto where = fleet::NodeExpression::parse(event.what.nodes);
  auto lists = fleet::candidate_lists(selectable_, where, event.what.count, event.number);
  const fleet::EventRow row{
      .campaign = campaign_, .event = event.number, .jobs = static_cast<std::uint32_t>(lists.size())};
  TakenEvent taken{.number = event.number, .campaign = campaign_, .jobs = {}};
  std::vector<fleet::JobRecord> requests;
  for (std::uint32_t part = 0; part < lists.size(); ++part) {
    requests.push_back(request_of(options_, campaign_, images_.of(event.what), event, part, std::move(lists[part])));
    taken.jobs.push_back({.id = requests.back().order.id, .answer = fleet::Acceptance::refused});
  }
  const auto answers = controller_->accept(std::move(requests), row);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    taken.jobs[i].answer = answers[i];
    if (answers[i] == fleet::Acceptance::duplicate) ++totals_.duplicates;
  }
  return taken;
}

TakenEvent FleetRun::take(fleet::Trigger trigger) {
  // What may wait for a node may come before it.
  if (!controller_ || (!has_begun_ && options_.policy == "discard"))
    throw NotYet{"the nodes are being connected; ask again in some seconds"};
  if (trigger.what.targets.empty() && options_.destinations.empty())
    throw std::invalid_argument{"targets: expected addresses, as the campaign has none"};
  images_.check(trigger.what);
  const auto number = trigger.event.value_or(next_trigger_ + 1);
  next_trigger_ = std::max(next_trigger_, number);
  auto taken = accept({.number = number, .what = std::move(trigger.what)});
  controller_->wait_for_disk();  // who asked is told that it was accepted: it is
  return taken;
}

fleet::Inventory FleetRun::list_nodes() {
  auto inventory = open_inventory(options_.inventory, home_, options_.network, options_.slots);
  for (const auto& node : inventory.nodes) {
    selectable_.push_back({.name = node.name, .tags = node.tags});
    state_.add_node(node.name, node.slots, node.location);
    has_only_local_ = has_only_local_ && node.transport == fleet::NodeTransport::local;
  }
  for (const auto& name : fleet::NodeExpression::parse(options_.where).names()) {
    if (inventory.find(name) == nullptr)
      throw Failure{ExitCode::bad_input, fmt::format("--nodes {}: no node is called {}", options_.where, name)};
  }
  return inventory;
}

void FleetRun::show() {
  if (controller_) state_.count(controller_->dispatcher().counts());
  view_.tick(os_linux::monotonic_now());
  if (http_) http_->step();
}

std::string FleetRun::answer(const std::string& line) {
  if (line == "stop") {
    controller_->stop_all();
    return "stopping";
  }
  if (line.starts_with("cancel ")) {
    const auto found = store_.find_job(line.substr(std::string_view{"cancel "}.size()));
    if (!found) return "no such job";
    controller_->cancel(found->id);
    controller_->wait_for_disk();
    return "cancelled " + found->id;
  }
  if (line.empty() || line.front() == '#') return "";
  try {
    return fmt::format("event {} of {}", take(fleet::parse_trigger(line)).number, campaign_);
  } catch (const std::invalid_argument& error) {
    view_.note(fmt::format("a trigger was refused: {}", printable(error.what())));
    return std::string{"refused: "} + error.what();
  }
}

void FleetRun::wait_for_nodes(const os_linux::StopSignals& signals) {
  constexpr Duration patience{10'000'000'000}, turn{100'000'000};
  const auto deadline = os_linux::monotonic_now() + patience;
  std::array<fleet::WaitFor, 2> others{fleet::WaitFor{signals.fd()}, fleet::WaitFor{http_ ? http_->descriptor() : -1}};
  const auto is_ready = [&](const fleet::Selectable& node) {
    const bool may_come_later = options_.policy != "discard" && controller_->is_in_trouble(node.name);
    return may_come_later || controller_->is_given_up(node.name) ||
           controller_->dispatcher().free_slots(node.name, os_linux::monotonic_now()) > 0;
  };
  while (!signals.requested() && os_linux::monotonic_now() < deadline &&
         !std::all_of(selectable_.begin(), selectable_.end(), is_ready)) {
    controller_->turn(turn, others);
    show();
  }
}

void FleetRun::open_http() {
  if (!options_.http.port) return;
  state_.keep_traces();
  http_ =
      std::make_unique<FleetHttp>(options_.http, TableHead{.campaign = campaign_, .policy = options_.policy}, state_,
                                  store_, [this](fleet::Trigger trigger) { return take(std::move(trigger)); });
  view_.note("serving " + http_->url());
}

void FleetRun::make_controller(const fleet::Inventory& inventory) {
  fleet::ControllerSetting setting;
  setting.give_up_after = options_.give_up_after;
  if (options_.policy == "discard") setting.policy.when_busy = fleet::WhenBusy::discard;
  setting.enrols = options_.enrols || has_only_local_;
  std::vector<fleet::ControlledNode> nodes;
  for (const auto& node : inventory.nodes) {
    nodes.push_back(connections_.controlled(node));
    nodes.back().prepare = connections_.preparation(node, options_.enrols);
    if (!options_.image_url.empty()) nodes.back().image_url = options_.image_url;
  }
  controller_ = std::make_unique<fleet::Controller>(store_, key_, setting, std::move(nodes), observers_);
}

ExitCode FleetRun::run() {
  auto list = read_events();
  const auto inventory = list_nodes();
  open_http();
  view_.set_head({.campaign = campaign_, .policy = options_.policy});
  for (const auto& event : list.events) images_.of(event.what);
  for (const auto& schedule : list.schedules) images_.of(schedule.what);
  make_controller(inventory);
  os_linux::StopSignals signals;
  wait_for_nodes(signals);
  has_begun_ = true;
  const auto start = os_linux::monotonic_now();
  fleet::EventClock clock{std::move(list), store_.events_had(campaign_), start, os_linux::wall_clock_ns()};
  fleet::LineServer lines{[&](const std::string& line) { return answer(line); }};
  lines.listen(home_.control_socket());
  if (options_.reads_input) lines.read_from(STDIN_FILENO);
  constexpr Duration patience{250'000'000};
  while (!signals.requested()) {
    show();
    lines.step();
    for (const auto& event : clock.take_due(os_linux::monotonic_now())) accept(event);
    if (clock.is_over() && controller_->is_settled() && !options_.stays && !lines.has_input()) break;
    std::array<fleet::WaitFor, 3> others{fleet::WaitFor{signals.fd()}, fleet::WaitFor{lines.descriptor()},
                                         fleet::WaitFor{http_ ? http_->descriptor() : -1}};
    auto wait = patience;
    if (const auto next = clock.next_at()) wait = std::min(wait, *next - os_linux::monotonic_now());
    controller_->turn(std::max(wait, Duration{0}), others);
  }
  controller_->wait_for_disk();
  state_.count(controller_->dispatcher().counts());
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
  if (totals_.failed + totals_.refused == 0) return ExitCode::done;
  const bool has_no_node = std::ranges::all_of(
      selectable_, [this](const fleet::Selectable& node) { return controller_->is_given_up(node.name); });
  return has_no_node && totals_.done == 0 ? ExitCode::environment : ExitCode::done_with_failures;
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
