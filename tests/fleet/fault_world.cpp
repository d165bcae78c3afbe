// SPDX-License-Identifier: BSD-2-Clause
#include "fault_world.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "fleet/node/durable_file.hpp"
#include "fleet/node/places.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/minisign.hpp"

namespace utnt::fleet::test {
namespace {

using os_linux::monotonic_now;

constexpr Duration millisecond{1'000'000};

}  // namespace

/// The controller's end of the connection; every message in either direction is in the plan's hands.
class FaultWorld::MeddledLink final : public Link {
 public:
  MeddledLink(FaultWorld& world, os_linux::UniqueFd socket) : world_{world}, link_{open(std::move(socket))} {}

  bool send(const Message& message) override {
    if (!link_) return false;
    auto copy = message;
    switch (world_.fate_of(copy, true)) {
      case Fate::arrives:
        return link_->send(copy);
      case Fate::is_lost:
        return true;
      case Fate::cuts_link:
        link_.reset();
        return false;
      case Fate::silences_link:
        silence();
        return true;
    }
    return false;
  }
  std::optional<Message> receive() override {
    while (link_) {
      auto message = link_->receive();
      if (!message) return message;
      const auto fate = world_.fate_of(*message, false);
      if (fate == Fate::arrives) return message;
      if (fate == Fate::cuts_link) link_.reset();
      if (fate == Fate::silences_link) silence();
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Instant> wake_at() const override { return link_ ? link_->wake_at() : std::nullopt; }
  [[nodiscard]] int descriptor() const override { return link_ ? link_->descriptor() : -1; }
  [[nodiscard]] bool wants_write() const override { return link_ && link_->wants_write(); }
  [[nodiscard]] bool is_open() const override { return link_ && link_->is_open(); }
  [[nodiscard]] std::string why() const override { return link_ ? link_->why() : "cut"; }

 private:
  [[nodiscard]] std::unique_ptr<StreamLink> open(os_linux::UniqueFd socket) const {
    return std::make_unique<StreamLink>(std::move(socket), StreamLimits{.silence_max = world_.silence_max});
  }
  /// What is sent goes into a socket that nobody reads; the agent's socket stays open.
  void silence() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
    world_.silenced.push_back(std::exchange(link_, open(os_linux::UniqueFd{ends[0]})));
    world_.silenced.push_back(open(os_linux::UniqueFd{ends[1]}));
  }

  FaultWorld& world_;
  std::unique_ptr<StreamLink> link_;
};

FaultWorld::FaultWorld(FaultPlan plan, std::uint32_t jobs, std::string image)
    : plan_{std::move(plan)}, jobs_{jobs}, image_{std::move(image)} {
  variants.plan = {.lasts = millisecond * 3, .payload = 200'000};
  config.spool = spool();
  config.slots = 3;
  config.pps_max = 1'000;
  config.spool_reserve_bytes = 0;
  config.network = {.kind = "unix", .peer = "/nowhere", .address = "192.0.2.7/24", .gateway = {}, .gateway_mac = {}};
}

FaultWorld::~FaultWorld() {
  controller.reset();
  agent.reset();
  store.reset();
}

Fate FaultWorld::fate_of(Message& message, bool is_to_agent) {
  ++messages_;
  if (plan_.cut_after != 0 && messages_ == plan_.cut_after) return Fate::cuts_link;
  return plan_.meddler ? plan_.meddler(message, is_to_agent) : Fate::arrives;
}

Order FaultWorld::order(std::uint64_t event) const {
  Order order;
  order.campaign = "walk";
  order.event = event;
  order.tender = "process";
  order.image = sha256_hex(image_);
  order.targets = {"20.0.8.2"};
  order.limits.result_bytes = std::uint64_t{1} << 20;
  if (shape) shape(order);
  order.id = order_id(order);
  return order;
}

std::vector<Acceptance> FaultWorld::offer_events() {
  std::vector<Acceptance> answers;
  for (std::uint64_t event = 1; event <= jobs_; ++event) {
    JobRecord request;
    request.order = order(event);
    request.nodes = nodes;
    if (with) with(request);
    const auto all = controller->accept({request}, {.campaign = "walk", .event = event, .jobs = 1});
    answers.insert(answers.end(), all.begin(), all.end());
  }
  return answers;
}

std::unique_ptr<Link> FaultWorld::connect() {
  if (is_unreachable) throw os_linux::Failure{os_linux::ExitCode::environment, "cannot be reached"};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = agent_socket(spool());
  std::memcpy(address.sun_path, path.data(), path.size());
  os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw os_linux::Failure{os_linux::ExitCode::environment, "no agent"};
  return std::make_unique<MeddledLink>(*this, std::move(socket));
}

void FaultWorld::restart_controller() {
  controller.reset();
  store.reset();
  StoreOptions options;
  options.clocks = read_clocks();
  options.clocks->wall_ns += clock_jump_ns;
  options.fault = [this](std::string_view) {
    if (++controller_points_ == plan_.kill_controller_at) throw Killed{};
  };
  store = std::make_unique<Store>(Store::open(directory_ / "fleet.db", options));
  prepare();
  ControllerSetting setting;
  setting.enrols = true;
  setting.writes = plan_.writes;
  setting.policy.when_busy = plan_.when_busy;
  setting.policy.attempts_max = attempts_max;
  setting.policy.offer_again = millisecond * 200;
  setting.policy.lease = millisecond * 1'500;
  setting.policy.gone_after = millisecond * 2'500;
  setting.policy.alive = std::min(setting.policy.alive, silence_max / 4);
  // A job may wait for its node longer than a slow machine needs to find a silence and connect again.
  if (silence_max < link_silence_max) setting.policy.lease = setting.policy.gone_after = millisecond * 15'000;
  auto all = more_nodes;
  all.push_back({.name = "node-1", .connect = [this] { return connect(); }, .slots = 3});
  controller = std::make_unique<Controller>(*store, key_, setting, all, observer);
  has_offered_ = false;
  offer_when_due();
}

/// Under discard an event finds its slot or none: the list begins when the node is there.
void FaultWorld::offer_when_due() {
  if (has_offered_) return;
  const auto& dispatcher = controller->dispatcher();
  const auto accepted = dispatcher.counts().accepted;
  if (plan_.when_busy == WhenBusy::discard && accepted + dispatcher.free_slots("node-1", monotonic_now()) < jobs_)
    return;
  offer_events();
  has_offered_ = true;
}

/// The image, as `utnt fleet image add` leaves it.
void FaultWorld::prepare() {
  if (store->find_image(sha256_hex(image_))) return;
  const auto file = store->image_directory() + "/" + sha256_hex(image_);
  std::filesystem::create_directories(store->image_directory());
  std::ofstream{file, std::ios::binary} << image_;
  const auto signature = minisig_text(sign_content(key_, std::as_bytes(std::span{image_}), "test"));
  store->put_image({.digest = sha256_hex(image_), .name = "image", .bytes = image_.size(), .signature = signature});
}

void FaultWorld::restart_agent() {
  agent.reset();
  AgentSetting setting;
  setting.limits.ask_again = millisecond * 200;
  setting.limits.beat = std::min(millisecond * 500, silence_max / 4);
  setting.silence_max = silence_max;
  setting.fault = [this](std::string_view) {
    if (++agent_points_ == plan_.kill_agent_at) throw Killed{};
  };
  auto& runs = own_variants != nullptr ? *own_variants : static_cast<Variants&>(variants);
  agent = std::make_unique<AgentLoop>(config, runs, setting);
}

void FaultWorld::turn() {
  const auto try_it = [](const auto& work, const auto& mend) {
    try {
      work();
    } catch (const Killed&) {
      mend();
    }
  };
  const auto start_agent = [this] {
    for (;;) {
      try {
        return restart_agent();
      } catch (const Killed&) {  // while it started: the next one begins there
        agent.reset();
      }
    }
  };
  const auto start_controller = [this] {
    for (;;) {
      try {
        return restart_controller();
      } catch (const Killed&) {
        controller.reset();
        store.reset();
      }
    }
  };
  if (!agent) start_agent();
  if (!controller) start_controller();
  try_it([this] { agent->turn(millisecond); },
         [&] {
           agent.reset();
           start_agent();
         });
  for (const auto& name : names_in(spool() + "/results")) spooled_.insert(name);
  try_it(
      [this] {
        controller->turn(millisecond, {});
        offer_when_due();
      },
      [&] {
        controller.reset();
        store.reset();
        start_controller();
      });
}

bool FaultWorld::is_quiet() const {
  return controller && controller->is_settled() && controller->dispatcher().counts().accepted == jobs_ &&
         names_in(spool() + "/results").empty() && names_in(spool() + "/jobs").empty();
}

Outcome FaultWorld::run(Duration patience) {
  const auto end = monotonic_now() + patience;
  do turn();
  while (!is_quiet() && monotonic_now() < end);
  return outcome();
}

Outcome FaultWorld::outcome() {
  Outcome outcome{.is_settled = is_quiet()};
  outcome.controller_points = controller_points_;
  outcome.agent_points = agent_points_;
  outcome.messages = messages_;
  const auto held = store->held({spooled_.begin(), spooled_.end()});
  outcome.lost = spooled_.size() - held.size();
  for (std::uint64_t event = 1; event <= jobs_; ++event) {
    const auto id = order(event).id;
    const auto job = store->find_job(id);
    if (!job) {
      ++outcome.lost;
      continue;
    }
    if (job->state == JobState::done) ++outcome.done;
    const auto results = store->results_of(id);
    if (std::count_if(results.begin(), results.end(),
                      [](const ResultRow& row) { return row.is_complete && !row.is_late; }) > 1)
      ++outcome.twice;
    if (plan_.when_busy == WhenBusy::discard && variants.starts[id] > 1) ++outcome.runs_over;
  }
  const auto balance = store->balance();
  outcome.imbalance = balance.alert;
  if (balance.accepted != jobs_ && outcome.imbalance.empty()) outcome.imbalance = "jobs that nobody asked for";
  return outcome;
}

}  // namespace utnt::fleet::test
