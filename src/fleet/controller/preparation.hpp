// SPDX-License-Identifier: BSD-2-Clause
// What has to be done before a node can be connected, and takes its time (a host that does not answer, an agent that is
// brought over a slow line): it is done on a thread of its own, and can be given up at any moment.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct Prepared {
  std::string why{};    ///< it is not ready; empty: it is
  bool can_heal{true};  ///< by itself, after a while
};

class Preparation {
 public:
  /// `cancel` becomes readable when nobody waits for it any more: then it is to return soon. May throw.
  using Work = std::function<Prepared(int cancel)>;
  explicit Preparation(Work work);
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  /// Cancels, and waits for the work to return.
  ~Preparation();

  void cancel() const;
  /// Readable: take() gives the result.
  [[nodiscard]] int descriptor() const { return done_.get(); }
  std::optional<Prepared> take();

 private:
  os_linux::UniqueFd cancel_, done_;
  std::mutex mutex_;
  std::optional<Prepared> result_;
  std::thread thread_;
};

}  // namespace utnt::fleet
