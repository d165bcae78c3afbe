// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_events.hpp"

#include <fstream>
#include <sstream>
#include <utility>

#include "apps/utnt/command.hpp"
#include "fleet/model/event_list.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

std::string event_list_text(const std::string& name) {
  if (name == "paper" || name == "paper-full") return fleet::paper_event_list(name == "paper-full");
  std::ifstream file{name};
  if (!file) throw Failure{ExitCode::bad_input, "cannot read the event list " + name};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

fleet::JobRecord request_of(const FleetRunOptions& options, const std::string& campaign, const std::string& image,
                            const fleet::DueEvent& event, std::uint32_t part, std::vector<std::string> nodes) {
  const auto& what = event.what;
  fleet::JobRecord record;
  auto& order = record.order;
  order.campaign = campaign;
  order.event = event.number;
  order.part = part;
  order.variant = what.variant.value_or(*fleet::variant_named(options.variant));
  order.tender = what.tender.value_or(options.tender);
  order.image = image;
  order.options = what.options.value_or(options.options);
  order.targets = what.targets.empty() ? options.destinations : what.targets;
  order.limits.pps = options.pps;
  order.limits.memory_bytes = options.memory_mib << 20;
  order.limits.seconds = options.run_seconds;
  order.id = fleet::order_id(order);
  record.nodes = std::move(nodes);
  record.priority = what.priority;
  const auto now = os_linux::monotonic_now();
  if (what.start_by) record.start_by = now + *what.start_by;
  if (what.finish_by) record.finish_by = now + *what.finish_by;
  return record;
}

}  // namespace utnt::apps
