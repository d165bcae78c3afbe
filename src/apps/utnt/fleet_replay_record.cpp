// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_record.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "apps/utnt/fleet_replay_answer.hpp"
#include "fleet/model/bundle.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

double Deployment::seconds(const std::string& begin, const std::string& end) const {
  const auto first = at.find(begin), last = at.find(end);
  if (first == at.end() || last == at.end()) return -1;
  return static_cast<double>(last->second - first->second) / 1e9;
}

void ReplayRecorder::begin(std::uint32_t run, const std::string& job, std::uint64_t event, Instant due) {
  auto& deployment = deployments_[job];
  deployment.run = run;
  deployment.event = event;
  deployment.at["due"] = due.ns();
  deployment.at["accepted"] = os_linux::monotonic_now().ns();
}

std::vector<Deployment> ReplayRecorder::take() {
  std::vector<Deployment> all;
  for (auto& [job, deployment] : deployments_) all.push_back(std::move(deployment));
  deployments_.clear();
  std::ranges::sort(all, {}, &Deployment::event);
  return all;
}

void ReplayRecorder::node_up(const std::string&, const std::string&) {}

void ReplayRecorder::node_down(const std::string& node, const std::string& why) {
  complaints_.push_back(node + " is away: " + why);
}

void ReplayRecorder::alert(const std::string& node, const std::string& text) {
  complaints_.push_back(node + ": " + text);
}

void ReplayRecorder::job_changed(const fleet::JobRecord& job) {
  const auto found = deployments_.find(job.order.id);
  if (found == deployments_.end()) return;
  auto& deployment = found->second;
  deployment.state = fleet::name_of(job.state);
  deployment.node = job.node;
  deployment.reason = job.reason;
  deployment.detail = job.detail;
  if (job.state == fleet::JobState::offered) deployment.at["offered"] = job.since.ns();
  // The node says "finished" when the result is in its spool; the slot is free from then on.
  if (!fleet::occupies_slot(job.state) && deployment.at.contains("offered"))
    deployment.at.try_emplace("freed", job.since.ns());
}

void ReplayRecorder::result_stored(const std::string&, const fleet::NewResult& result, fleet::StoredAs) {
  const auto found = deployments_.find(result.job);
  if (found == deployments_.end()) return;
  auto& deployment = found->second;
  deployment.at["stored"] = os_linux::monotonic_now().ns();
  const std::string_view bytes{reinterpret_cast<const char*>(result.payload.data()), result.payload.size()};
  try {
    const auto bundle = fleet::parse_bundle(bytes);
    for (const auto& [name, value] : bundle.header.phases)
      if (value != 0) deployment.at[name] = value;
    deployment.probes = bundle.header.probes;
    auto answer = answer_of(bundle.payload);
    deployment.answer = std::move(answer.digest);
    deployment.tunnels = std::move(answer.tunnels);
  } catch (const std::invalid_argument& error) {
    complaints_.push_back(result.node + ": " + error.what());
  }
}

}  // namespace utnt::apps
