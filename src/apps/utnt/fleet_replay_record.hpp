// SPDX-License-Identifier: BSD-2-Clause
// What happened to each deployment of a replay, when. Controller and nodes share one kernel here, and so one monotonic
// clock: moments of both may be subtracted, which they must not in a real fleet.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "fleet/controller/observer.hpp"

namespace utnt::apps {

struct Deployment {
  std::uint32_t run{0};
  std::uint64_t event{0};
  std::string node;
  std::string state{"queued"};  ///< the last one
  std::string reason;
  std::string detail;
  std::string answer;   ///< digest of what was found
  std::string tunnels;  ///< for people
  std::uint64_t probes{0};
  /// Nanoseconds of the kernel's monotonic clock: due (of the event), accepted, offered, those of the bundle (received,
  /// verified, spawned, first_probe, first_reply, last_record, ended), freed (the slot), stored (committed, receipt
  /// sent). Missing: it never happened, or is not known.
  std::map<std::string, std::int64_t> at;

  /// In seconds from `begin` to `end`; negative when one of them is missing.
  [[nodiscard]] double seconds(const std::string& begin, const std::string& end) const;
};

class ReplayRecorder final : public fleet::Observer {
 public:
  /// The event becomes this job; `due`: when it should have.
  void begin(std::uint32_t run, const std::string& job, std::uint64_t event, Instant due);
  /// Deployments of the last run in the order of their events; forgets them.
  std::vector<Deployment> take();
  /// Things that nobody expects in a replay.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

  void node_up(const std::string& node, const std::string& hello) override;
  void node_down(const std::string& node, const std::string& why) override;
  void job_changed(const fleet::JobRecord& job) override;
  void progress(const std::string&, const std::string&, const std::string&, std::uint64_t) override {}
  void result_stored(const std::string& node, const fleet::NewResult& result, fleet::StoredAs how) override;
  void alert(const std::string& node, const std::string& text) override;

 private:
  std::map<std::string, Deployment> deployments_;  ///< by job
  std::vector<std::string> complaints_;
};

}  // namespace utnt::apps
