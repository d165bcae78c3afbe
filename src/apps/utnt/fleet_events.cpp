// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "apps/utnt/command.hpp"
#include "apps/utnt/fleet_home.hpp"
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

namespace {

fleet::Variant variant_of(const FleetRunOptions& options, const fleet::EventSpec& what) {
  return what.variant.value_or(*fleet::variant_named(options.variant));
}

/// Less would not do.
std::uint64_t memory_mib_of(fleet::Variant variant) {
  switch (variant) {
    case fleet::Variant::unikernel:
      return 0;
    case fleet::Variant::container:
      return 64;
    case fleet::Variant::vm:
      return 128;
  }
  return 0;
}

}  // namespace

const std::string& CampaignImages::of(const fleet::EventSpec& what) {
  const auto variant = variant_of(options_, what);
  const auto kind = variant == fleet::Variant::unikernel ? what.tender.value_or(options_.tender)
                                                         : std::string{fleet::name_of(variant)};
  auto& digest = digests_[kind];
  const bool is_campaigns = variant == variant_of(options_, {});
  if (digest.empty()) digest = image_for(store_, key_, is_campaigns ? options_.image : std::string{}, kind);
  return digest;
}

void CampaignImages::check(const fleet::EventSpec& what) {
  try {
    of(what);
  } catch (const Failure& failure) {
    throw std::invalid_argument{fmt::format("variant: {}", failure.what())};
  }
}

fleet::JobRecord request_of(const FleetRunOptions& options, const std::string& campaign, const std::string& image,
                            const fleet::DueEvent& event, std::uint32_t part, std::vector<std::string> nodes) {
  const auto& what = event.what;
  fleet::JobRecord record;
  auto& order = record.order;
  order.campaign = campaign;
  order.event = event.number;
  order.part = part;
  order.variant = variant_of(options, what);
  if (order.variant == fleet::Variant::unikernel) order.tender = what.tender.value_or(options.tender);
  order.image = image;
  order.options = what.options.value_or(options.options);
  order.targets = what.targets.empty() ? options.destinations : what.targets;
  order.limits.pps = options.pps;
  order.limits.memory_bytes = std::max(options.memory_mib, memory_mib_of(order.variant)) << 20;
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
