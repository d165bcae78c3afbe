// SPDX-License-Identifier: BSD-2-Clause
// Looking at jobs: ls, show, explain.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

using Json = nlohmann::ordered_json;

Json job_json(const fleet::JobRow& job) {
  return {{"type", "job"},
          {"job", job.id},
          {"campaign", job.campaign},
          {"event", job.event},
          {"part", job.part},
          {"state", fleet::name_of(job.state)},
          {"node", job.node},
          {"attempt", job.attempt},
          {"reason", job.reason},
          {"detail", job.detail},
          {"variant", fleet::name_of(job.variant)},
          {"tender", job.tender},
          {"image", job.image},
          {"targets", job.targets},
          {"first_target", job.first_target},
          {"result", job.result},
          {"accepted", os_linux::utc_text(job.accepted_ns)},
          {"since", os_linux::utc_text(job.since_ns)}};
}

fleet::Explanation explained(const FleetJobOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  if (auto found = store.explain(options.job)) return *found;
  throw Failure{ExitCode::bad_input,
                fmt::format("no job, or more than one, begins with {}; `utnt fleet ls` lists them", options.job)};
}

std::string seconds_between(std::int64_t from, std::int64_t to) {
  return fmt::format("{:+.3f} s", static_cast<double>(to - from) / 1e9);
}

void print_history(const fleet::Explanation& found) {
  for (const auto& change : found.history) {
    auto line = fmt::format("  {}  {}", seconds_between(found.job.accepted_ns, change.at_ns), name_of(change.state));
    if (!change.node.empty()) line += fmt::format(" on {}, attempt {}", change.node, change.attempt);
    if (!change.reason.empty()) line += ": " + printable(change.reason);
    if (!change.detail.empty()) line += " (" + printable(change.detail) + ")";
    fmt::print("{}\n", line);
  }
}

}  // namespace

ExitCode fleet_ls(const FleetListOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  fleet::JobFilter filter{.campaign = options.campaign, .node = options.node, .limit = options.limit};
  if (!options.state.empty()) {
    filter.state = fleet::job_state_named(options.state);
    if (!filter.state) throw Failure{ExitCode::bad_input, "--state " + options.state + ": no such state"};
  }
  const auto jobs = store.list_jobs(filter);
  for (const auto& job : jobs) {
    if (options.json) {
      print_json(job_json(job));
    } else {
      fmt::print("{}  {:<9}  {:<12}  {}#{}  {}{}\n", job.id.substr(0, 12), name_of(job.state),
                 job.node.empty() ? "-" : job.node, printable(job.campaign), job.event, printable(job.first_target),
                 job.reason.empty() ? "" : "  " + printable(job.reason));
    }
  }
  return ExitCode::done;
}

ExitCode fleet_show(const FleetJobOptions& options) {
  const auto found = explained(options);
  if (options.json) {
    print_json(job_json(found.job));
    return ExitCode::done;
  }
  const auto& job = found.job;
  fmt::print("job       {}\ncampaign  {}, event {}, part {}\nstate     {} since {}\n", job.id, printable(job.campaign),
             job.event, job.part, name_of(job.state), os_linux::utc_text(job.since_ns));
  if (!job.reason.empty()) fmt::print("reason    {}: {}\n", printable(job.reason), printable(job.detail));
  fmt::print("node      {} (attempt {})\nruns      {} {} with image {}\ntargets   {}, first {}\n",
             job.node.empty() ? "-" : job.node, job.attempt, name_of(job.variant), job.tender, job.image, job.targets,
             printable(job.first_target));
  if (!job.result.empty()) fmt::print("result    {}\n", job.result);
  return ExitCode::done;
}

ExitCode fleet_explain(const FleetJobOptions& options) {
  const auto found = explained(options);
  const auto& job = found.job;
  if (options.json) {
    auto json = job_json(job);
    json["nodes"] = found.nodes;
    for (const auto& change : found.history) {
      json["history"].push_back({{"at", os_linux::utc_text(change.at_ns)},
                                 {"after_s", static_cast<double>(change.at_ns - job.accepted_ns) / 1e9},
                                 {"state", name_of(change.state)},
                                 {"node", change.node},
                                 {"attempt", change.attempt},
                                 {"reason", change.reason},
                                 {"detail", change.detail}});
    }
    for (const auto& result : found.results) {
      json["results"].push_back({{"digest", result.digest},
                                 {"attempt", result.attempt},
                                 {"node", result.node},
                                 {"complete", result.is_complete},
                                 {"late", result.is_late},
                                 {"bytes", result.bytes},
                                 {"header", Json::parse(result.header, nullptr, false)}});
    }
    print_json(json);
    return ExitCode::done;
  }
  std::string nodes;
  for (const auto& node : found.nodes) nodes += " " + node;
  fmt::print("job {} ({}, event {}) was accepted {}\nnodes that may run it:{}\nwhat it runs: {} {} with image {}{}\n",
             job.id, printable(job.campaign), job.event, os_linux::utc_text(job.accepted_ns), nodes,
             name_of(job.variant), job.tender, job.image.substr(0, 12),
             found.image ? " (" + printable(found.image->name) + ")" : " (not in the store any more)");
  fmt::print("what it probes: {} targets, options '{}', {} packets a second at most\n", found.job.targets,
             printable(found.order.options), found.order.limits.pps);
  print_history(found);
  for (const auto& result : found.results) {
    fmt::print("result {}: attempt {} on {}, {}{}, {} bytes\n", result.digest.substr(0, 12), result.attempt,
               result.node, result.is_complete ? "complete" : "partial", result.is_late ? ", beside the job" : "",
               result.bytes);
    const auto header = Json::parse(result.header, nullptr, false);
    if (header.is_object() && header.contains("phases")) {
      const auto& phases = header["phases"];
      const auto begin = phases.value("received", std::int64_t{0});
      for (const auto& [name, value] : phases.items())
        if (value.is_number_integer() && value.get<std::int64_t>() != 0 && begin != 0)
          fmt::print("  {} {}\n", printable(name), seconds_between(begin, value.get<std::int64_t>()));
    }
  }
  return ExitCode::done;
}

}  // namespace utnt::apps
