// SPDX-License-Identifier: BSD-2-Clause
// A short command that a tender needs done while it goes on: polled, never waited for, but for the destructor's kill.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::tender {

class HelperProcess {
 public:
  /// After `patience` it is killed. Throws os_linux::Failure.
  HelperProcess(const std::vector<std::string>& words, Duration patience);
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;
  ~HelperProcess();

  /// Readable when it has ended.
  [[nodiscard]] int descriptor() const { return process_.get(); }
  [[nodiscard]] Instant deadline() const { return deadline_; }
  /// Its exit status once it has ended; -1 by a signal. Reaps it.
  std::optional<int> ended();
  /// The end of what it wrote to both outputs, without the last line feed.
  [[nodiscard]] std::string output() const;
  void kill();
  /// Waits for its end, at most until its deadline.
  int wait();

 private:
  os_linux::UniqueFd output_;
  int process_id_{-1};
  os_linux::UniqueFd process_;
  Instant deadline_;
  std::optional<int> status_;
};

}  // namespace utnt::tender
