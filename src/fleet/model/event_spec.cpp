// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/event_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>
#include <stdexcept>

#include "fleet/model/duration_text.hpp"
#include "fleet/model/line_words.hpp"
#include "fleet/model/strict_json.hpp"
#include "fleet/model/word_check.hpp"
#include "wire/address.hpp"

namespace utnt::fleet {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class T>
T number_in(std::string_view field, std::string_view text, T min, T max) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < min || value > max)
    throw wrong(field, fmt::format("a number from {} to {}", min, max), text);
  return value;
}

void add_target(EventSpec& spec, std::string_view text) {
  const auto address = wire::parse_address(text);
  if (!address) throw wrong("targets", "addresses, such as 192.0.2.1", text);
  std::array<char, wire::address_text_max> canonical;
  const auto target = wire::format_address(*address, canonical);
  if (std::ranges::find(spec.targets, target) != spec.targets.end()) throw wrong("targets", "every address once", text);
  spec.targets.emplace_back(target);
}

void set_nodes(EventSpec& spec, std::string_view text) {
  if (text.empty() || text.size() > event_expression_max || !is_printable(text))
    throw wrong("nodes", "an expression such as all, paris or tag:eu", text);
  spec.nodes = text;
}

void set_options(EventSpec& spec, std::string_view text) {
  if (text.size() > order_options_max || !is_printable(text))
    throw wrong("options", "at most 2048 printable characters", text);
  spec.options = text;
}

void set_count(EventSpec& spec, std::string_view text) {
  if (text == "all")
    spec.count.reset();
  else
    spec.count = number_in<std::uint32_t>("count", text, 1, event_nodes_max);
}

Duration duration_in(std::string_view field, std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration || *duration <= Duration{})
    throw wrong(field, "a time after the event, such as 10s, 2.5s or 5min", text);
  return *duration;
}

Variant variant_in(std::string_view text) {
  const auto variant = variant_named(text);
  if (!variant) throw wrong("variant", "unikernel, container or vm", text);
  return *variant;
}

void set_tender(EventSpec& spec, std::string_view text) {
  if (text != "process" && text != "qemu" && text != "firecracker")
    throw wrong("tender", "process, qemu or firecracker", text);
  spec.tender = text;
}

/// A string as in an event list, or a whole number of seconds.
Duration json_duration(StrictJson& fields, const char* name) {
  if (fields.any(name).is_number()) {
    std::uint32_t seconds = 0;
    fields.number(name, seconds);
    return duration_in(name, std::to_string(seconds));
  }
  std::string text;
  fields.text(name, text);
  return duration_in(name, text);
}

Trigger trigger_from_json(std::string_view line) {
  const auto json = parse_json(line, "trigger");
  StrictJson fields{json, ""};
  Trigger trigger;
  auto& spec = trigger.what;
  const auto if_text = [&](const char* name, const std::function<void(const std::string&)>& take) {
    if (!fields.has(name)) return;
    std::string text;
    fields.text(name, text);
    take(text);
  };
  if (fields.has("event")) fields.number("event", trigger.event.emplace());
  if (fields.has("targets")) {
    std::vector<std::string> targets;
    fields.texts("targets", targets, order_targets_max);
    for (const auto& target : targets) add_target(spec, target);
  }
  if_text("nodes", [&](const auto& text) { set_nodes(spec, text); });
  if (fields.has("count")) {
    const auto& count = fields.any("count");
    set_count(spec, count.is_string() ? count.get<std::string>() : count.dump());
  }
  if (fields.has("priority")) fields.signed_number("priority", spec.priority, -priority_max, priority_max);
  if (fields.has("start_by")) spec.start_by = json_duration(fields, "start_by");
  if (fields.has("finish_by")) spec.finish_by = json_duration(fields, "finish_by");
  if_text("variant", [&](const auto& text) { spec.variant = variant_in(text); });
  if_text("tender", [&](const auto& text) { set_tender(spec, text); });
  if_text("options", [&](const auto& text) { set_options(spec, text); });
  fields.nothing_else();
  return trigger;
}

void set_word(EventSpec& spec, std::string_view word) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  const auto value = equals == word.npos ? std::string_view{} : word.substr(equals + 1);
  if (key == "targets")
    for (const auto target : split(value, ',')) add_target(spec, target);
  else if (key == "nodes")
    set_nodes(spec, value);
  else if (key == "count")
    set_count(spec, value);
  else if (key == "priority")
    spec.priority = number_in("priority", value, -priority_max, priority_max);
  else if (key == "start-by")
    spec.start_by = duration_in(key, value);
  else if (key == "finish-by")
    spec.finish_by = duration_in(key, value);
  else if (key == "variant")
    spec.variant = variant_in(value);
  else if (key == "tender")
    set_tender(spec, value);
  else if (key == "options")
    set_options(spec, value);
  else
    throw wrong("word",
                "targets=, nodes=, count=, priority=, start-by=, finish-by=, variant=, tender= or options=", word);
}

}  // namespace

EventSpec event_from_words(std::span<const std::string> words) {
  EventSpec spec;
  std::set<std::string_view> keys;
  for (const std::string_view word : words) {
    if (!keys.insert(word.substr(0, word.find('='))).second) throw wrong("word", "every key once", word);
    set_word(spec, word);
  }
  check_event(spec);
  return spec;
}

void check_event(const EventSpec& spec) {
  if (spec.start_by && spec.finish_by && *spec.finish_by <= *spec.start_by)
    throw std::invalid_argument{"finish-by: expected a time after start-by"};
  if (spec.tender && spec.variant && *spec.variant != Variant::unikernel)
    throw wrong("tender", "none, as only a unikernel has one", *spec.tender);
  if (spec.targets.size() > order_targets_max)
    throw wrong("targets", "at most 10000 addresses", std::to_string(spec.targets.size()));
}

Trigger parse_trigger(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.size() > trigger_text_max) throw wrong("trigger", "at most 64 KiB", std::to_string(line.size()));
  if (line.starts_with('{')) {
    auto trigger = trigger_from_json(line);
    check_event(trigger.what);
    return trigger;
  }
  const auto words = line_words(line);
  if (words.empty()) throw wrong("trigger", "a JSON object, or words such as targets=192.0.2.1", line);
  return {.event = {}, .what = event_from_words(words)};
}

}  // namespace utnt::fleet
