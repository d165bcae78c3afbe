// SPDX-License-Identifier: BSD-2-Clause
// See run_report.hpp.
#include "apps/utnt/run_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

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

/// Milliseconds from the start of the tender to `ns` of its clock; nothing when that never happened.
std::optional<double> since_spawn(const InstanceFacts& facts, std::uint64_t ns) {
  const auto spawned = facts.outcome.measured.spawned.ns();
  const auto at = static_cast<std::int64_t>(ns);
  if (at < spawned || ns == 0) return std::nullopt;
  return static_cast<double>(at - spawned) / 1e6;
}

/// The same for a time of the program's clock, which in a machine is another.
std::optional<double> program_time(const InstanceFacts& facts, std::uint64_t ns) {
  return facts.shares_clock ? since_spawn(facts, ns) : std::nullopt;
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

}  // namespace

std::string instance_json(const InstanceFacts& facts) {
  const auto& outcome = facts.outcome;
  const auto& measured = outcome.measured;
  const auto trailer = outcome.trailer.value_or(abi::Trailer{});
  nlohmann::ordered_json json{{"type", "instance"},
                              {"tender", facts.tender},
                              {"image", facts.image},
                              {"image_bytes", facts.image_bytes},
                              {"memory_bytes", facts.memory_bytes},
                              {"exit_code", outcome.exit_code},
                              {"end", name_of(outcome.end)},
                              {"has_trailer", outcome.trailer.has_value()}};
  if (outcome.signal != 0) json["signal"] = outcome.signal;
  json["milliseconds_from_spawn"] = {
      {"program", optional_json(program_time(facts, trailer.started_ns))},
      {"first_frame", optional_json(program_time(facts, trailer.first_frame_ns))},
      {"first_reply", optional_json(program_time(facts, trailer.first_reply_ns))},
      {"first_record", optional_json(since_spawn(facts, static_cast<std::uint64_t>(measured.first_bytes.ns())))},
      {"finished", optional_json(program_time(facts, trailer.finished_ns))},
      {"exit", optional_json(since_spawn(facts, static_cast<std::uint64_t>(measured.ended.ns())))}};
  json["milliseconds_in_program"] = {{"first_frame", optional_json(since_start(trailer, trailer.first_frame_ns))},
                                     {"first_reply", optional_json(since_start(trailer, trailer.first_reply_ns))},
                                     {"finished", optional_json(since_start(trailer, trailer.finished_ns))}};
  json["rss_peak_bytes"] = measured.peak.rss_bytes;
  json["pss_peak_bytes"] = measured.peak.pss_bytes;
  json["user_ms"] = milliseconds(measured.user_time);
  json["system_ms"] = milliseconds(measured.system_time);
  json["record_bytes"] = measured.record_bytes;
  json["records"] = trailer.records;
  json["receive_drops"] = trailer.receive_drops;
  json["transmit_waits"] = trailer.transmit_waits;
  json["record_waits"] = trailer.record_waits;
  if (!outcome.explanation.empty()) json["explanation"] = outcome.explanation;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string instance_text(const InstanceFacts& facts) {
  const auto& measured = facts.outcome.measured;
  auto text = fmt::format("{} tender, image of {} KiB, {:.1f} MiB of memory", facts.tender, facts.image_bytes / 1024,
                          static_cast<double>(facts.memory_bytes) / (1 << 20));
  if (measured.peak.pss_bytes > 0) text += fmt::format(" ({} KiB used)", measured.peak.pss_bytes / 1024);
  const auto trailer = facts.outcome.trailer.value_or(abi::Trailer{});
  if (const auto first = program_time(facts, trailer.first_frame_ns)) {
    text += fmt::format("; first probe after {:.2f} ms", *first);
  }
  return text;
}

}  // namespace utnt::apps
