// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/grant.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fleet/trust/statement.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::ordered_json;

std::string grant_text(const Grant& grant) {
  return Json{{"node", grant.node},
              {"attempt", grant.attempt},
              {"pps", grant.limits.pps},
              {"prefix_pps", grant.limits.prefix_pps},
              {"probes_per_hour", grant.limits.probes_per_hour},
              {"prefix_probes_per_hour", grant.limits.prefix_probes_per_hour}}
      .dump();
}

/// Order and grant have no line feed: no other pair reads the same.
std::string statement_of(std::string_view grant, std::string_view order) {
  return std::string{grant} + "\n" + std::string{order};
}

template <class Number>
Number number_of(const Json& json, const char* name) {
  const auto field = json.find(name);
  if (field == json.end() || !field->is_number_unsigned() ||
      field->template get<std::uint64_t>() > std::numeric_limits<Number>::max())
    throw std::invalid_argument{std::string{"the grant: "} + name + ": expected a number"};
  return field->template get<Number>();
}

}  // namespace

std::vector<std::byte> sign_grant(const SecretKey& key, const Grant& grant, std::string_view order) {
  const auto text = grant_text(grant);
  const auto body = sign_statement(key, Purpose::order, statement_of(text, order)) + "\n" + text;
  const auto bytes = std::as_bytes(std::span{body});
  return {bytes.begin(), bytes.end()};
}

Grant open_grant(const PublicKey& key, ConstBytes body, std::string_view order) {
  const std::string_view text{reinterpret_cast<const char*>(body.data()), body.size()};
  const auto end = text.find('\n');
  if (end == std::string_view::npos ||
      !is_statement_by(key, Purpose::order, statement_of(text.substr(end + 1), order), text.substr(0, end)))
    throw std::invalid_argument{"the order is not signed by this node's controller"};
  const auto json = Json::parse(text.substr(end + 1), nullptr, false);
  if (!json.is_object() || !json.contains("node") || !json["node"].is_string())
    throw std::invalid_argument{"the grant: expected the node's name"};
  return {.node = json["node"].get<std::string>(),
          .attempt = number_of<std::uint32_t>(json, "attempt"),
          .limits = {.pps = number_of<std::uint32_t>(json, "pps"),
                     .prefix_pps = number_of<std::uint32_t>(json, "prefix_pps"),
                     .probes_per_hour = number_of<std::uint64_t>(json, "probes_per_hour"),
                     .prefix_probes_per_hour = number_of<std::uint64_t>(json, "prefix_probes_per_hour")}};
}

}  // namespace utnt::fleet
