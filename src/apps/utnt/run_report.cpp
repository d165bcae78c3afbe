// SPDX-License-Identifier: BSD-2-Clause
// See run_report.hpp.
#include "apps/utnt/run_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "apps/utnt/startup_times.hpp"

namespace utnt::apps {

namespace {

const char* name_of(tender::End end) {
  switch (end) {
    case tender::End::exited:
      return "exited";
    case tender::End::faulted:
      return "faulted";
    case tender::End::forbidden:
      return "forbidden";
    case tender::End::time_limit:
      return "time_limit";
    case tender::End::stopped:
      return "stopped";
    case tender::End::killed:
      return "killed";
  }
  return "unknown";
}

/// Milliseconds from the start of the program, by its own clock.
std::optional<double> since_start(const abi::Trailer& trailer, std::uint64_t ns) {
  if (ns < trailer.started_ns || ns == 0) return std::nullopt;
  return static_cast<double>(ns - trailer.started_ns) / 1e6;
}

nlohmann::ordered_json optional_json(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json{};
}

double milliseconds(Duration span) { return static_cast<double>(span.ns()) / 1e6; }

using Json = nlohmann::ordered_json;

/// Every step in milliseconds from the start of the tender.
Json startup_json(const StartupTimes& times, Instant spawned) {
  Json json;
  for (const auto& step : times.steps) {
    json[step.name] = step.at && *step.at >= spawned ? Json(milliseconds(*step.at - spawned)) : Json{};
  }
  return json;
}

void add_use(Json& json, const InstanceFacts& facts) {
  const auto& measured = facts.outcome.measured;
  const auto trailer = facts.outcome.trailer.value_or(abi::Trailer{});
  json["rss_peak_bytes"] = measured.peak.rss_bytes;
  json["pss_peak_bytes"] = measured.peak.pss_bytes;
  json["pss_steady_bytes"] = measured.steady.pss_bytes;
  json["user_ms"] = milliseconds(measured.user_time);
  json["system_ms"] = milliseconds(measured.system_time);
  if (measured.group) {
    const auto& group = *measured.group;
    if (group.processor_time) json["group_cpu_ms"] = milliseconds(*group.processor_time);
    if (group.memory_peak_bytes) json["group_memory_peak_bytes"] = *group.memory_peak_bytes;
    json["out_of_memory_kills"] = group.out_of_memory_kills;
  }
  json["input_bytes"] = facts.bytes_in;
  json["record_bytes"] = measured.record_bytes;
  json["records"] = trailer.records;
  json["receive_drops"] = trailer.receive_drops;
  json["receive_overruns"] = trailer.receive_overruns;
  json["transmit_waits"] = trailer.transmit_waits;
  json["record_waits"] = trailer.record_waits;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string instance_json(const InstanceFacts& facts) {
  const auto& outcome = facts.outcome;
  const auto trailer = outcome.trailer.value_or(abi::Trailer{});
  Json json{{"type", "instance"},
            {"tender", facts.tender},
            {"number", facts.number},
            {"count", facts.count},
            {"image", facts.image},
            {"image_bytes", facts.image_bytes},
            {"memory_bytes", facts.memory_bytes},
            {"exit_code", outcome.exit_code},
            {"end", facts.has_started ? name_of(outcome.end) : "not_started"},
            {"has_trailer", outcome.trailer.has_value()}};
  if (outcome.signal != 0) json["signal"] = outcome.signal;
  const auto times = startup_times(outcome, facts.shares_clock);
  json["milliseconds_from_spawn"] = startup_json(times, outcome.measured.spawned);
  json["image_times_late_ms_max"] = milliseconds(times.late_max);
  json["milliseconds_in_program"] = {{"first_frame", optional_json(since_start(trailer, trailer.first_frame_ns))},
                                     {"first_reply", optional_json(since_start(trailer, trailer.first_reply_ns))},
                                     {"finished", optional_json(since_start(trailer, trailer.finished_ns))}};
  add_use(json, facts);
  if (!outcome.explanation.empty()) json["explanation"] = outcome.explanation;
  return text_of(json);
}

std::string instance_text(const InstanceFacts& facts) {
  const auto& measured = facts.outcome.measured;
  auto text = facts.count > 1 ? fmt::format("image {}: ", facts.number) : std::string{};
  if (!facts.has_started) return text + "not started: " + facts.outcome.explanation;
  text += fmt::format("{} tender, image of {} KiB, {:.1f} MiB of memory", facts.tender, facts.image_bytes / 1024,
                      static_cast<double>(facts.memory_bytes) / (1 << 20));
  if (measured.peak.pss_bytes > 0) text += fmt::format(" ({} KiB used)", measured.peak.pss_bytes / 1024);
  const auto times = startup_times(facts.outcome, facts.shares_clock);
  for (const auto& step : times.steps) {
    if (step.name != std::string_view{"first_frame"} || !step.at) continue;
    text += fmt::format("; first frame after {}{:.2f} ms", times.late_max.ns() > 0 ? "at most " : "",
                        milliseconds(*step.at - measured.spawned));
  }
  return text;
}

std::string tender_json(const TenderChoice& choice, const tender::KvmFinding& kvm) {
  return text_of(Json{{"type", "tender"},
                      {"tender", choice.tender},
                      {"reason", choice.reason},
                      {"kvm", tender::verdict_name(kvm.verdict)},
                      {"kvm_loop_ms", milliseconds(kvm.took)}});
}

}  // namespace utnt::apps
