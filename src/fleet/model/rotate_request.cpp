// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/rotate_request.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fleet/model/order.hpp"
#include "fleet/model/word_check.hpp"

namespace utnt::fleet {

using Json = nlohmann::ordered_json;

std::string write_rotate_request(const RotateRequest& request) {
  return Json{{"node", request.node}, {"key", key_text(request.key)}}.dump() + "\n";
}

RotateRequest parse_rotate_request(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  const auto field = [&](const char* name) {
    const auto value = json.is_object() ? json.value(name, Json{}) : Json{};
    return value.is_string() ? value.get<std::string>() : std::string{};
  };
  const auto node = field("node"), key = field("key");
  if (!is_name(node, order_name_max)) throw wrong("node", "the node's name", node);
  const auto parsed = parse_key_text(key);
  if (!parsed) throw wrong("key", "a public key of minisign", key);
  return {.node = node, .key = *parsed};
}

}  // namespace utnt::fleet
