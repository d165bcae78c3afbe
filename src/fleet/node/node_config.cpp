// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/node_config.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fleet/model/strict_json.hpp"
#include "fleet/node/durable_file.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::json;
using os_linux::ExitCode;
using os_linux::Failure;

/// Takes fields out of an object; what is left at the end is not known here.
class Fields {
 public:
  Fields(Json object, std::string where) : object_(std::move(object)), where_{std::move(where)} {
    if (!object_.is_object()) throw Failure{ExitCode::bad_input, where_ + ": not a JSON object"};
  }

  template <class Number>
  void number(const char* name, Number& value, std::uint64_t least, std::uint64_t most) {
    const auto field = take(name);
    if (field.is_null()) return;
    if (!field.is_number_unsigned() || field.get<std::uint64_t>() < least || field.get<std::uint64_t>() > most)
      fail(name, fmt::format("a number from {} to {}", least, most));
    value = static_cast<Number>(field.get<std::uint64_t>());
  }

  void flag(const char* name, bool& value) {
    const auto field = take(name);
    if (field.is_null()) return;
    if (!field.is_boolean()) fail(name, "true or false");
    value = field.get<bool>();
  }

  void text(const char* name, std::string& value) {
    const auto field = take(name);
    if (field.is_null()) return;
    if (!field.is_string()) fail(name, "a text");
    value = field.get<std::string>();
  }

  void texts(const char* name, std::vector<std::string>& value) {
    const auto field = take(name);
    if (field.is_null()) return;
    if (!field.is_array()) fail(name, "a list of texts");
    value.clear();
    for (const auto& entry : field) {
      if (!entry.is_string()) fail(name, "a list of texts");
      value.push_back(entry.get<std::string>());
    }
  }

  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }

  Json take(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return {};
    auto value = std::move(*found);
    object_.erase(found);
    return value;
  }

  void end() const {
    if (!object_.empty())
      throw Failure{ExitCode::bad_input, fmt::format("{}: unknown field {}", where_, object_.begin().key())};
  }

 private:
  [[noreturn]] void fail(const char* name, const std::string& expected) const {
    throw Failure{ExitCode::bad_input, fmt::format("{}: {} must be {}", where_, name, expected)};
  }

  Json object_;
  std::string where_;
};

}  // namespace

NodeNetwork parse_network(const std::string& text, const std::string& where) {
  NodeNetwork network;
  const auto json = try_json(text);
  if (json.is_null() || (json.is_object() && json.empty())) return network;
  Fields fields{json, where};
  fields.text("kind", network.kind);
  fields.text("peer", network.peer);
  fields.text("address", network.address);
  fields.text("gateway", network.gateway);
  fields.text("gateway_mac", network.gateway_mac);
  fields.end();
  if (network.kind != "unix" && network.kind != "tap" && network.kind != "ring")
    throw Failure{ExitCode::bad_input, where + ": kind must be unix, tap or ring"};
  const auto has_blank = [](const std::string& word) { return word.find_first_of(" \t\r\n=") != std::string::npos; };
  if (network.address.find('/') == std::string::npos || has_blank(network.address) || has_blank(network.gateway) ||
      has_blank(network.gateway_mac)) {
    throw Failure{ExitCode::bad_input, where + ": address must be A.B.C.D/LENGTH, gateway and gateway_mac one word"};
  }
  return network;
}

NodeConfig read_node_config(const std::string& spool) {
  NodeConfig config;
  config.spool = spool;
  const auto path = spool + "/config.json";
  if (!std::filesystem::exists(path)) return config;
  constexpr std::uint64_t bytes_max = std::uint64_t{1} << 20, most = std::uint64_t{1} << 40;
  const auto json = try_json(read_whole(path, bytes_max));
  if (json.is_discarded()) throw Failure{ExitCode::bad_input, path + ": not JSON"};
  Fields fields{json, path};
  fields.number("slots", config.slots, 1, 10'000);
  fields.number("pps_max", config.pps_max, 1, 10'000'000);
  fields.number("prefix_pps_max", config.prefix_pps_max, 0, 10'000'000);
  fields.number("probes_per_hour_max", config.probes_per_hour_max, 0, most);
  fields.number("prefix_probes_per_hour_max", config.prefix_probes_per_hour_max, 0, most);
  fields.number("memory_max", config.memory_max, std::uint64_t{2} << 20, most);
  fields.number("image_cache_bytes", config.image_cache_bytes, 0, most);
  fields.number("spool_reserve_bytes", config.spool_reserve_bytes, 0, most);
  fields.texts("tenders", config.tenders);
  fields.texts("variants", config.variants);
  fields.flag("allow_reserved", config.allow_reserved);
  fields.texts("forbidden", config.forbidden);
  if (fields.has("image_urls")) fields.texts("image_urls", config.image_urls.emplace());
  fields.number("idle_seconds", config.idle_seconds, 1, 1'000'000'000);
  const auto network = fields.take("network");
  if (!network.is_null()) config.network = parse_network(network.dump(), path + ": network");
  fields.end();
  return config;
}

BudgetLimits budget_limits(const NodeConfig& config) {
  return {.pps = config.pps_max,
          .prefix_pps = config.prefix_pps_max,
          .probes_per_hour = config.probes_per_hour_max,
          .prefix_probes_per_hour = config.prefix_probes_per_hour_max};
}

}  // namespace utnt::fleet
