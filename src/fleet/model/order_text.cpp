// SPDX-License-Identifier: BSD-2-Clause
// The JSON form of an order. Reading is strict: what a node is asked to run is known to the last field, or not run.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "fleet/model/order.hpp"
#include "fleet/model/strict_json.hpp"
#include "fleet/model/word_check.hpp"
#include "results/json_text.hpp"

namespace utnt::fleet {
namespace {

RunLimits limits_from(const nlohmann::json& json) {
  RunLimits limits;
  StrictJson fields{json, "limits"};
  fields.number("pps", limits.pps);
  fields.number("memory_bytes", limits.memory_bytes);
  fields.number("cpu_percent", limits.cpu_percent);
  fields.number("seconds", limits.seconds);
  fields.number("result_bytes", limits.result_bytes);
  fields.nothing_else();
  return limits;
}

}  // namespace

std::string order_text(const Order& order) {
  std::string out;
  results::JsonText json{out};
  json.open_object();
  json.field_text("id", order.id);
  json.field_text("campaign", order.campaign);
  json.field("event", order.event);
  json.field("part", order.part);
  json.field_word("variant", name_of(order.variant));
  json.field_text("tender", order.tender);
  json.field_text("image", order.image);
  json.field_text("options", order.options);
  json.key("targets");
  json.open_array();
  for (const auto& target : order.targets) json.text(target);
  json.close_array();
  json.key("limits");
  json.open_object();
  json.field("pps", order.limits.pps);
  json.field("memory_bytes", order.limits.memory_bytes);
  json.field("cpu_percent", order.limits.cpu_percent);
  json.field("seconds", order.limits.seconds);
  json.field("result_bytes", order.limits.result_bytes);
  json.close_object();
  json.field("dead_man_seconds", order.dead_man_seconds);
  json.close_object();
  return out;
}

Order parse_order(std::string_view text) {
  if (text.size() > order_text_max) throw wrong("order", "at most 1 MiB of JSON", std::to_string(text.size()));
  const auto json = parse_json(text, "order");
  Order order;
  StrictJson fields{json, ""};
  fields.text("id", order.id);
  fields.text("campaign", order.campaign);
  fields.number("event", order.event);
  fields.number("part", order.part);
  std::string variant;
  fields.text("variant", variant);
  const auto known = variant_named(variant);
  if (!known) throw wrong("variant", "unikernel, container or vm", variant);
  order.variant = *known;
  fields.text("tender", order.tender);
  fields.text("image", order.image);
  fields.text("options", order.options);
  fields.texts("targets", order.targets, order_targets_max);
  order.limits = limits_from(fields.object("limits"));
  fields.number("dead_man_seconds", order.dead_man_seconds);
  fields.nothing_else();
  check_order(order);
  if (const auto id = order_id(order); order.id != id)
    throw wrong("id", "the hash of the order's content, " + id, order.id);
  return order;
}

}  // namespace utnt::fleet
