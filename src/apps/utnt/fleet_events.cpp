// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "apps/utnt/command.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "fleet/controller/selection.hpp"
#include "fleet/model/event_list.hpp"
#include "fleet/trust/digest.hpp"
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

/// Before the first event, not when its turn has come.
void check_selections(const fleet::EventList& list, const std::string& file) {
  std::set<std::string> sound;
  const auto check = [&](const std::string& nodes, std::size_t line) {
    if (!sound.insert(nodes).second) return;
    try {
      fleet::NodeExpression::parse(nodes);
    } catch (const std::invalid_argument& error) {
      throw Failure{ExitCode::bad_input, fmt::format("{}:{}: {}", file, line, error.what())};
    }
  };
  for (const auto& event : list.events) check(event.what.nodes, event.line);
  for (const auto& schedule : list.schedules) check(schedule.what.nodes, schedule.line);
}

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

fleet::EventList listed_events(const FleetRunOptions& options, std::string& text) {
  fleet::EventList list;
  if (options.events.empty() && (options.stays || options.reads_input)) {
    text = "triggers";
  } else if (options.events.empty()) {
    fleet::Event once;
    once.number = 1;
    once.what.nodes = options.where;
    once.what.count = options.count == 0U ? std::nullopt : options.count;
    list.events.push_back(std::move(once));
  } else {
    text = event_list_text(options.events);
    list = fleet::parse_event_list(text, options.events);
    check_selections(list, options.events);
  }
  for (const auto& event : list.events) {
    if (event.what.targets.empty() && options.destinations.empty())
      throw Failure{ExitCode::bad_input, "no destination is given, neither here nor in the event list"};
  }
  return list;
}

void start_campaign(fleet::Store& store, const std::string& name, const std::string& used_policy,
                    const std::string& identity, std::uint64_t events) {
  const auto digest_under = [&](std::string_view policy) {
    return fleet::sha256_hex(policy == "wait" ? identity : fmt::format("{}\npolicy {}", identity, policy));
  };
  try {
    store.start_campaign(name, digest_under(used_policy), events);
  } catch (const fleet::StoreFailure& failure) {
    if (failure.problem() != fleet::StoreProblem::conflict) throw;
    const auto* const other = used_policy == "wait" ? "discard" : "wait";
    try {
      store.start_campaign(name, digest_under(other), events);
    } catch (const fleet::StoreFailure&) {
      throw failure;  // another list it is
    }
    throw Failure{
        ExitCode::bad_input,
        fmt::format("campaign {} was started with --policy {}: go on with that, or give this one another name", name,
                    other)};
  }
}

}  // namespace utnt::apps
