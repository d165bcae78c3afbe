// SPDX-License-Identifier: BSD-2-Clause
#include "deviation_list.hpp"

#include <toml++/toml.h>

#include <sstream>
#include <stdexcept>

namespace utnt::sim {
namespace {

std::string text_at(const toml::table& entry, const std::string& key, const std::string& path) {
  if (const auto value = entry[key].value<std::string>(); value && !value->empty()) return *value;
  std::ostringstream message;
  message << path << ": the entry at line " << entry.source().begin.line << " has no " << key;
  throw std::runtime_error(message.str());
}

}  // namespace

std::vector<Deviation> read_deviations(const std::string& file_name, const std::string& why_key) {
  const auto path = std::string{UTNT_SOURCE_DIR} + "/tests/scenarios/" + file_name;
  const auto root = toml::parse_file(path);
  std::vector<Deviation> out;
  if (const auto* entries = root["deviation"].as_array()) {
    for (const auto& node : *entries) {
      const auto* entry = node.as_table();
      if (entry == nullptr) throw std::runtime_error(path + ": deviation is not a list of tables");
      out.push_back({text_at(*entry, "scenario", path), text_at(*entry, "what", path), text_at(*entry, why_key, path)});
    }
  }
  return out;
}

AcceptedDeviations accepted_for(const std::string& scenario) {
  static const auto limits = read_deviations("known_limits.toml", "rule");
  static const auto open = read_deviations("open_deviations.toml", "why");
  AcceptedDeviations out;
  for (const auto& entry : limits) {
    if (entry.scenario == scenario) out.limits.insert(entry.what);
  }
  for (const auto& entry : open) {
    if (entry.scenario == scenario) out.open.insert(entry.what);
  }
  return out;
}

}  // namespace utnt::sim
