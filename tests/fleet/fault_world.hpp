// SPDX-License-Identifier: BSD-2-Clause
// A whole fleet in one thread: controller, store, link, agent, spool and image cache are the real ones, runs are fakes.
// Each part can be killed at any of its steps and is started again on what its disk holds. A kill is an exception that
// nothing on its way handles, so files and tables are left as they stand. Only the controller's writes may have a
// thread of their own, as they do in the program.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fleet/controller/controller.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/fake_run_test_support.hpp"
#include "fleet/transport/stream_link.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet::test {

struct Killed {};  // no std::exception

/// What becomes of one message.
/// silences_link: from this one on nothing arrives any more in either direction, and neither end is told (half-open).
enum class Fate : std::uint8_t { arrives, is_lost, cuts_link, silences_link };
using Meddler = std::function<Fate(Message& message, bool is_to_agent)>;

class CountingObserver final : public Observer {
 public:
  std::vector<std::string> alerts;
  std::uint64_t stored{0};
  void node_up(const std::string&, const std::string&) override {}
  std::vector<std::string> downs;
  void node_down(const std::string&, const std::string& why) override { downs.push_back(why); }
  void job_changed(const JobRecord&) override {}
  void progress(const std::string&, const std::string&, const std::string&, std::uint64_t) override {}
  void result_stored(const std::string&, const NewResult&, StoredAs) override { ++stored; }
  void alert(const std::string&, const std::string& text) override { alerts.push_back(text); }
};

/// At which step of which part the fault strikes; 0: never.
struct FaultPlan {
  WhenBusy when_busy{WhenBusy::wait};
  Committer::Where writes{Committer::Where::at_once};
  std::uint64_t kill_controller_at{0};
  std::uint64_t kill_agent_at{0};
  std::uint64_t cut_after{0};
  Meddler meddler{};
};

/// What a walk is about.
struct Outcome {
  bool is_settled{false};
  std::uint64_t lost{0};       ///< complete results that lay in the spool and are not in the store
  std::uint64_t twice{0};      ///< jobs that more than one result was counted for
  std::uint64_t runs_over{0};  ///< under discard: jobs that ran more than once
  std::uint64_t done{0};
  std::string imbalance{};
  std::uint64_t controller_points{0}, agent_points{0}, messages{0};
};

class FaultWorld {
 public:
  explicit FaultWorld(FaultPlan plan, std::uint32_t jobs = 3, std::string image = std::string(200'000, 'i'));
  ~FaultWorld();
  FaultWorld(const FaultWorld&) = delete;
  FaultWorld& operator=(const FaultWorld&) = delete;

  /// Until every job is final and the spool is empty, or the patience ends.
  Outcome run(Duration patience = Duration{20'000'000'000});
  void turn();
  [[nodiscard]] Outcome outcome();

  /// The events of the list, once more: after a restart, or by somebody who started it twice.
  std::vector<Acceptance> offer_events();
  void restart_controller();
  void restart_agent();
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] const std::string& root() const { return directory_.path(); }
  [[nodiscard]] std::string spool() const { return directory_ / "spool"; }
  [[nodiscard]] Order order(std::uint64_t event) const;

  std::function<void(Order&)> shape{};  ///< of the orders, before their identity
  std::function<void(JobRecord&)> with{};
  std::int64_t clock_jump_ns{0};  ///< of the controller's wall clock, from its next start
  std::uint32_t attempts_max{10};
  Duration silence_max{link_silence_max};  ///< of both ends, which then beat four times as often
  bool is_unreachable{false};
  std::vector<std::unique_ptr<Link>> silenced;  ///< the controller's old ends, which nobody reads or closes
  FakeVariants variants;
  Variants* own_variants{nullptr};  ///< instead of the fakes
  NodeConfig config;
  CountingObserver observer;
  std::unique_ptr<Store> store;
  std::unique_ptr<Controller> controller;
  std::unique_ptr<AgentLoop> agent;
  std::vector<ControlledNode> more_nodes{};
  std::vector<std::string> nodes{"node-1"};

 private:
  class MeddledLink;
  Fate fate_of(Message& message, bool is_to_agent);
  std::unique_ptr<Link> connect();
  void prepare();
  void offer_when_due();

  FaultPlan plan_;
  std::uint32_t jobs_;
  const utnt::test::TemporaryDirectory directory_{utnt::test::memory_directory()};
  std::string image_;
  bool has_offered_{false};
  SecretKey key_ = SecretKey::make();
  std::set<std::string> spooled_;  ///< every complete result that ever lay in the spool
  std::atomic<std::uint64_t> controller_points_{0};
  std::uint64_t agent_points_{0}, messages_{0};
};

}  // namespace utnt::fleet::test
