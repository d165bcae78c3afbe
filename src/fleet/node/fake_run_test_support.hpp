// SPDX-License-Identifier: BSD-2-Clause
// Runs without a guest, for tests of the agent: they last as long as they are told to, and say how often each job was
// started.
#pragma once

#include <sys/eventfd.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fleet/model/bundle.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/node/run.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct FakePlan {
  Duration lasts{0};
  std::size_t payload{16};
  bool cannot_start{false};
  bool breaks{false};          ///< its step throws
  bool has_bad_bundle{false};  ///< its bundle throws
  std::string reason{};        ///< of its failure; empty: complete
};

class FakeRun final : public Run {
 public:
  FakeRun(Order order, std::uint32_t attempt, RunSetting setting, FakePlan plan)
      : order_{std::move(order)},
        attempt_{attempt},
        setting_{std::move(setting)},
        plan_{std::move(plan)},
        end_{os_linux::monotonic_now() + plan_.lasts},
        event_{::eventfd(0, EFD_CLOEXEC)} {}

  [[nodiscard]] int descriptor() const override { return event_.get(); }
  [[nodiscard]] std::optional<Instant> deadline() const override { return end_; }
  bool step() override {
    if (plan_.breaks) throw os_linux::Failure{os_linux::ExitCode::environment, "the run broke"};
    ++probes_;
    return os_linux::monotonic_now() < end_;
  }
  void stop(const std::string& reason) override {
    if (!plan_.reason.empty()) return;
    plan_.reason = reason;
    end_ = os_linux::monotonic_now();
  }
  [[nodiscard]] std::uint64_t probes() const override { return probes_; }
  [[nodiscard]] std::string bundle() const override {
    if (plan_.has_bad_bundle) throw std::invalid_argument{"not a number"};
    BundleHeader header{.job = order_.id, .attempt = attempt_, .node = setting_.node};
    header.variant = std::string{name_of(order_.variant)};
    header.tender = order_.tender;
    header.image = order_.image;
    header.end = "exited";
    header.reason = plan_.reason;
    header.is_complete = plan_.reason.empty();
    return write_bundle(header, std::string(plan_.payload, 'r'));
  }

 private:
  Order order_;
  std::uint32_t attempt_;
  RunSetting setting_;
  FakePlan plan_;
  Instant end_;
  os_linux::UniqueFd event_;
  std::uint64_t probes_{0};
};

class FakeVariants final : public Variants {
 public:
  FakePlan plan;
  std::function<FakePlan(const Order&)> plan_of;  ///< instead of `plan`
  std::map<std::string, std::uint32_t> starts;    ///< by job
  std::vector<RunSetting> settings;

  [[nodiscard]] std::optional<std::string> cannot(const Order&) const override { return std::nullopt; }
  std::unique_ptr<Run> start(const Order& order, std::uint32_t attempt, const RunSetting& setting) override {
    const auto own = plan_of ? plan_of(order) : plan;
    if (own.cannot_start) throw os_linux::Failure{os_linux::ExitCode::environment, "no instance can be made"};
    ++starts[order.id];
    settings.push_back(setting);
    return std::make_unique<FakeRun>(order, attempt, setting, own);
  }
};

}  // namespace utnt::fleet
