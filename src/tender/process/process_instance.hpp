// SPDX-License-Identifier: BSD-2-Clause
// A started utnt-tender: its record stream, its end, its memory.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "os_linux/unique_fd.hpp"
#include "tender/open_nic.hpp"
#include "tender/record_source.hpp"
#include "tender/status_meaning.hpp"
#include "tender/tender.hpp"
#include "tender/trailer_watch.hpp"

namespace utnt::tender {

/// Further processes that are there because of the instance: their memory is its too.
using Companions = std::function<std::vector<int>()>;

class ProcessInstance final : public Instance {
 public:
  struct Parts {
    int process_id{-1};
    os_linux::UniqueFd process;  ///< pidfd
    std::unique_ptr<RecordSource> records;
    std::unique_ptr<InstanceGroup> group;
    std::deque<OpenNic> nics;  ///< their socket files live as long as the instance
    Instant spawned;
    Instant executed;
    std::optional<Instant> deadline;
    StatusMeaning (*meaning_of_status)(int){nullptr};  ///< null: the process's exit code is the image's
    Companions companions{};
  };
  explicit ProcessInstance(Parts parts);
  ~ProcessInstance() override;

  [[nodiscard]] int process_id() const override { return process_id_; }
  [[nodiscard]] int descriptor() const override;
  [[nodiscard]] std::optional<Instant> deadline() const override;
  bool step(const RecordSink& sink) override;
  void stop() override;
  [[nodiscard]] std::optional<MemoryUse> memory() const override;
  [[nodiscard]] const RunOutcome& outcome() const override { return outcome_; }

 private:
  enum class Killer : std::uint8_t { nobody, time_limit, request };

  void kill(Killer why);
  void take(ConstBytes bytes, const RecordSink& sink);
  void end(const RecordSink& sink);
  void sample_memory(Duration period);
  [[nodiscard]] bool has_ended() const;
  void reap();
  void judge(int status);

  int process_id_;
  os_linux::UniqueFd process_;
  std::unique_ptr<RecordSource> records_;
  std::unique_ptr<InstanceGroup> group_;
  std::deque<OpenNic> nics_;
  std::optional<Instant> deadline_;
  StatusMeaning (*meaning_of_status_)(int);
  Companions companions_;
  TrailerWatch watch_;
  RunOutcome outcome_;
  Instant sampled_;
  Instant looked_;
  Killer killer_{Killer::nobody};
  bool is_over_{false};
};

/// What both tenders know of the process that they have just started.
struct Started {
  const char* what{""};  ///< for messages: "image", "machine"
  int process_id{-1};
  std::unique_ptr<RecordSource> records;
  std::unique_ptr<InstanceGroup> group{};
  std::deque<OpenNic> nics;
  Instant spawned;
  Instant executed;
  std::optional<Duration> time_limit;
  StatusMeaning (*meaning_of_status)(int){nullptr};
  Companions companions{};
};
/// The control group that the request asks for; null when it asks for none. Throws os_linux::Failure.
std::unique_ptr<InstanceGroup> make_group(const RunRequest& request);

/// Watches it from now on. When that is impossible it is killed, and os_linux::Failure is thrown.
std::unique_ptr<Instance> watch(Started started);

}  // namespace utnt::tender
