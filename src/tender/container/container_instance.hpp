// SPDX-License-Identifier: BSD-2-Clause
// One container, from the question whether its image is there to the removal of what it leaves. All steps are commands
// of podman; killing that of `run` kills no container, so that an end by force is a command too.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "os_linux/unique_fd.hpp"
#include "tender/container/helper_process.hpp"
#include "tender/container/podman_command.hpp"
#include "tender/process/process_instance.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// What is known of a storage: shared by the instances of one tender.
struct ContainerStorage {
  Podman podman;
  bool is_swept{false};
  std::set<std::string> images;
};

class ContainerInstance final : public Instance {
 public:
  struct Parts {
    std::shared_ptr<ContainerStorage> storage;
    ContainerPlan plan;
    std::string image_path;
    os_linux::UniqueFd module;  ///< its input, maybe empty
    int log{-1};                ///< borrowed
    std::optional<Duration> time_limit;
  };
  explicit ContainerInstance(Parts parts);
  ~ContainerInstance() override;

  [[nodiscard]] int process_id() const override { return run_ ? run_->process_id() : -1; }
  [[nodiscard]] int descriptor() const override { return events_.get(); }
  [[nodiscard]] std::optional<Instant> deadline() const override;
  bool step(const RecordSink& sink) override;
  void stop() override;
  [[nodiscard]] std::optional<MemoryUse> memory() const override;
  [[nodiscard]] const RunOutcome& outcome() const override { return outcome_; }

 private:
  enum class Phase : std::uint8_t { sweeping, looking, importing, running, over };

  void enter(Phase phase);
  void run();
  void fail(End end, int exit_code, std::string explanation);
  void help(const std::vector<std::string>& words);
  void help_is_over(int status);
  void look_at_events();
  bool step_run(const RecordSink& sink);
  void begin_removal();
  void remove_again(const std::string& output);
  void end_run();
  void watch_descriptor(int descriptor, std::uint32_t events);
  [[nodiscard]] std::string file_of(const char* ending) const;
  [[nodiscard]] std::vector<int> companions() const;

  Parts parts_;
  os_linux::UniqueFd events_;
  Phase phase_{Phase::over};
  std::unique_ptr<HelperProcess> helper_;
  std::unique_ptr<Instance> run_;
  os_linux::UniqueFd podman_process_;
  std::optional<Instant> kill_at_;  ///< the time limit, or soon after podman went away by itself
  std::unique_ptr<HelperProcess> removal_;
  unsigned removals_{0};
  bool is_run_over_{false};
  bool is_stopped_{false};
  RunOutcome outcome_;
};

}  // namespace utnt::tender
