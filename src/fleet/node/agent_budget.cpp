// SPDX-License-Identifier: BSD-2-Clause
// How many probes the agent lets go out: what it reserves for a job, and what it still knows of the hour when it
// starts.
#include <unistd.h>

#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/capabilities.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/places.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

/// What nobody takes in the end is given back with the next turn.
OrderRefusal AgentLoop::reserve(const Order& order, const BudgetLimits& granted) {
  // No slot, or an earlier attempt that goes on: that is what the agent will say.
  if (taken_.contains(order.id) || agent_.free_slots() == 0) return {};
  const auto used = static_cast<std::uint32_t>(taken_.size()) + 1;
  const auto answer = budget_.take(order.id,
                                   {.targets = order.targets,
                                    .pps = order.limits.pps,
                                    .other_slots = granted_.slots > used ? granted_.slots - used : 0},
                                   lower_of(budget_limits(config_), granted), monotonic_now());
  if (!answer.share) return {std::string{reason::over_budget}, answer.why};
  return {};
}

/// An agent that ends and starts anew begins no new hour. After a reboot one begins.
void AgentLoop::restore_budget() {
  const auto path = agent_budget(config_.spool);
  if (::access(path.c_str(), F_OK) != 0) return;
  constexpr std::uint64_t bytes_max = std::uint64_t{64} << 20;
  guarded("reading what was sent before", [&] {
    if (!budget_.restore(read_whole(path, bytes_max), boot_identity()))
      agent_log("the counts of probes in {} are not of this boot: an hour begins", path);
  });
}

void AgentLoop::save_budget() {
  budget_saved_ = monotonic_now();
  if (!budget_.take_changed()) return;
  guarded("writing what was sent",
          [this] { write_durably(agent_budget(config_.spool), budget_.text(boot_identity(), monotonic_now())); });
}

}  // namespace utnt::fleet
