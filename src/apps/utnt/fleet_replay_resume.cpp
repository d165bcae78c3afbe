// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_resume.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

namespace utnt::apps {
namespace {

[[noreturn]] void fail(const std::string& file, std::size_t line, const std::string& expected) {
  throw Failure{ExitCode::bad_input, fmt::format("{}:{}: {}", file, line, expected)};
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && last == end;
}

/// Figures of two kinds in one file would be of neither.
void check_series(const ReplayOptions& options) {
  const auto file = options.directory + "/summary.json";
  std::ifstream stream{file};
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const auto is = [&](const char* name, const nlohmann::json& value) {
    if (json.is_object() && json.value(name, nlohmann::json{}) == value) return;
    throw Failure{
        ExitCode::bad_input,
        fmt::format("{}: {} is not {}: --continue goes on with a series of the same kind", file, name, value.dump())};
  };
  is("policy", options.policy);
  is("variant", options.variant);
  is("start", options.is_cold ? "cold" : "warm");
  if (options.is_unikernel()) is("tender", options.tender);
  is("nodes", options.nodes);
  is("link_mbit", options.link_mbit);
}

}  // namespace

std::vector<Deployment> recorded_deployments(const ReplayOptions& options, const fleet::EventList& list) {
  const auto path = options.directory + "/deployments.csv";
  if (!std::filesystem::exists(path)) return {};
  check_series(options);
  std::map<std::uint64_t, Instant> due_of;
  for (const auto& event : list.events) due_of[event.number] = Instant{} + event.at;
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  const auto head = line;
  const auto names = fields_of(head);
  std::vector<Deployment> all;
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    const auto fields = fields_of(line);
    if (fields.size() != names.size()) fail(path, number, fmt::format("expected {} fields", names.size()));
    Deployment one;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto name = names[i], field = fields[i];
      bool is_good = true;
      if (name == "run") is_good = read_number(field, one.run) && one.run != 0;
      if (name == "event") is_good = read_number(field, one.event) && due_of.contains(one.event);
      if (name == "probes") is_good = read_number(field, one.probes);
      if (name == "node") one.node = field;
      if (name == "state") one.state = field;
      if (name == "reason") one.reason = field;
      if (name == "answer") one.answer = field;
      if (name.ends_with("_s") && !field.empty()) {
        double seconds = 0;
        is_good = read_number(field, seconds) && due_of.contains(one.event);
        constexpr double nanoseconds = 1e9;
        if (is_good)
          one.at[std::string{name.substr(0, name.size() - 2)}] =
              due_of.at(one.event).ns() + std::llround(seconds * nanoseconds);
      }
      if (!is_good) fail(path, number, fmt::format("{}: not of this event list: '{}'", name, field));
    }
    if (one.state.empty() || !one.at.contains("accepted")) fail(path, number, "expected a state and accepted_s");
    all.push_back(std::move(one));
  }
  // A run that was cut off is played again.
  std::map<std::uint32_t, std::size_t> events;
  for (const auto& one : all) ++events[one.run];
  std::erase_if(all, [&](const auto& one) { return events[one.run] != list.events.size(); });
  return all;
}

}  // namespace utnt::apps
