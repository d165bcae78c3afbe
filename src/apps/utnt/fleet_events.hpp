// SPDX-License-Identifier: BSD-2-Clause
// Event lists as commands name them, and what an event becomes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/utnt/fleet_run.hpp"
#include "fleet/controller/event_clock.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/store/store.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::apps {

/// The text of an event list: a file, or one of the two that the program knows (paper, paper-full). Throws Failure.
std::string event_list_text(const std::string& name);

/// The images of a campaign's events, known to the store when they are wanted first.
class CampaignImages {
 public:
  CampaignImages(fleet::Store& store, const fleet::SecretKey& key, const FleetRunOptions& options)
      : store_{store}, key_{key}, options_{options} {}
  /// Digest of what an event runs. Throws Failure when no such image is installed.
  const std::string& of(const fleet::EventSpec& what);
  /// Throws std::invalid_argument instead.
  void check(const fleet::EventSpec& what);

 private:
  fleet::Store& store_;
  const fleet::SecretKey& key_;
  const FleetRunOptions& options_;
  std::map<std::string, std::string> digests_;  ///< by variant, or tender of the unikernel
};

/// The job of an event's part, as the options of the run say where the event says nothing.
fleet::JobRecord request_of(const FleetRunOptions& options, const std::string& campaign, const std::string& image,
                            const fleet::DueEvent& event, std::uint32_t part, std::vector<std::string> nodes);

/// What the options ask for: a list, one event now, or nothing but triggers; `text` is what tells this list from
/// another. Throws Failure, std::invalid_argument.
fleet::EventList listed_events(const FleetRunOptions& options, std::string& text);

/// Begins or resumes it. Half of a campaign under one policy and half under the other would be neither: refused, as is
/// another list (Failure, fleet::StoreFailure).
void start_campaign(fleet::Store& store, const std::string& name, const std::string& used_policy,
                    const std::string& identity, std::uint64_t events);

}  // namespace utnt::apps
