// SPDX-License-Identifier: BSD-2-Clause
// A started utnt-tender: its record stream, its end, its memory.
#pragma once

#include <deque>
#include <vector>

#include "os_linux/unique_fd.hpp"
#include "tender/open_nic.hpp"
#include "tender/tender.hpp"
#include "tender/trailer_watch.hpp"

namespace utnt::tender {

class ProcessInstance final : public Instance {
 public:
  struct Parts {
    int process_id{-1};
    os_linux::UniqueFd process;  ///< pidfd
    os_linux::UniqueFd records;  ///< our end, non-blocking
    std::deque<OpenNic> nics;    ///< their socket files live as long as the instance
    Instant spawned;
    std::optional<Instant> deadline;
    int (*code_of_status)(int){nullptr};  ///< the image's exit code from the process's; null: they are the same
  };
  explicit ProcessInstance(Parts parts);
  ~ProcessInstance() override;

  [[nodiscard]] int process_id() const override { return process_id_; }
  [[nodiscard]] int descriptor() const override { return records_.get(); }
  [[nodiscard]] std::optional<Instant> deadline() const override { return deadline_; }
  bool step(const RecordSink& sink) override;
  void stop() override;
  [[nodiscard]] std::optional<MemoryUse> memory() const override;
  [[nodiscard]] const RunOutcome& outcome() const override { return outcome_; }

 private:
  enum class Killer : std::uint8_t { nobody, time_limit, request };

  void kill(Killer why);
  void take(ConstBytes bytes, const RecordSink& sink);
  void sample_memory();
  void reap();
  void judge(int status);

  int process_id_;
  os_linux::UniqueFd process_;
  os_linux::UniqueFd records_;
  std::deque<OpenNic> nics_;
  std::optional<Instant> deadline_;
  int (*code_of_status_)(int);
  TrailerWatch watch_;
  RunOutcome outcome_;
  Instant sampled_;
  Killer killer_{Killer::nobody};
  bool is_over_{false};
};

/// What both tenders know of the process that they have just started.
struct Started {
  const char* what{""};  ///< for messages: "image", "machine"
  int process_id{-1};
  os_linux::UniqueFd records;
  std::deque<OpenNic> nics;
  Instant spawned;
  std::optional<Duration> time_limit;
  int (*code_of_status)(int){nullptr};
};
/// Watches it from now on. When that is impossible it is killed, and os_linux::Failure is thrown.
std::unique_ptr<Instance> watch(Started started);

}  // namespace utnt::tender
