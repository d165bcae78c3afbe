// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/strict_json.hpp"

#include <fmt/format.h>

#include "fleet/model/word_check.hpp"

namespace utnt::fleet {
namespace {

constexpr int depth_max = 16;

std::string shown(const nlohmann::json& value) {
  return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view what) {
  using Json = nlohmann::json;
  std::vector<std::set<std::string>> names;
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > depth_max) throw wrong(what, "at most 16 levels of JSON", "more");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
      throw wrong(value.get<std::string>(), "it once", "it twice");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& problem) {
    throw std::invalid_argument{fmt::format("{}: expected one JSON object, found a mistake at byte {}", what,
                                            dynamic_cast<const Json::parse_error*>(&problem) != nullptr
                                                ? dynamic_cast<const Json::parse_error&>(problem).byte
                                                : 0)};
  }
}

nlohmann::json try_json(std::string_view text) { return nlohmann::json::parse(text, nullptr, false); }

StrictJson::StrictJson(const nlohmann::json& object, std::string_view prefix)
    : object_{object}, prefix_{prefix.empty() ? std::string{} : std::string{prefix} + '.'} {
  if (!object.is_object()) throw wrong(prefix.empty() ? "line" : prefix, "a JSON object", shown(object));
}

const nlohmann::json& StrictJson::any(const char* name) {
  const auto found = object_.find(name);
  if (found == object_.end()) throw std::invalid_argument{full(name) + ": expected, but not there"};
  asked_.insert(name);
  return *found;
}

void StrictJson::text(const char* name, std::string& out) {
  const auto& value = any(name);
  if (!value.is_string()) throw wrong(full(name), "a string", shown(value));
  out = value.get<std::string>();
}

void StrictJson::texts(const char* name, std::vector<std::string>& out, std::size_t count_max) {
  const auto& value = any(name);
  if (!value.is_array()) throw wrong(full(name), "an array of strings", shown(value));
  if (value.size() > count_max)
    throw wrong(full(name), fmt::format("at most {} strings", count_max), std::to_string(value.size()));
  for (const auto& element : value) {
    if (!element.is_string()) throw wrong(full(name), "an array of strings", shown(element));
    out.push_back(element.get<std::string>());
  }
}

std::uint64_t StrictJson::whole(const char* name, std::uint64_t max) {
  const auto& value = any(name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > max)
    throw wrong(full(name), fmt::format("a whole number from 0 to {}", max), shown(value));
  return value.get<std::uint64_t>();
}

void StrictJson::signed_number(const char* name, int& out, int min, int max) {
  const auto& value = any(name);
  const auto complaint = [&] {
    return wrong(full(name), fmt::format("a whole number from {} to {}", min, max), shown(value));
  };
  if (!value.is_number_integer()) throw complaint();
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(max)) throw complaint();
  const auto number = value.get<std::int64_t>();
  if (number < min || number > max) throw complaint();
  out = static_cast<int>(number);
}

const nlohmann::json& StrictJson::object(const char* name) {
  const auto& value = any(name);
  if (!value.is_object()) throw wrong(full(name), "a JSON object", shown(value));
  return value;
}

void StrictJson::nothing_else() const {
  for (const auto& [name, value] : object_.items())
    if (!asked_.contains(name)) throw wrong(prefix_.empty() ? "line" : prefix_, "only known fields", name);
}

}  // namespace utnt::fleet
