// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "fleet/trust/digest.hpp"

namespace utnt::apps {
namespace {

using Json = nlohmann::json;

template <std::size_t Count>
Json chosen(const Json& object, const std::array<const char*, Count>& fields) {
  Json out = Json::object();
  for (const auto* field : fields)
    if (const auto found = object.find(field); found != object.end()) out[field] = *found;
  return out;
}

Json hops_of(const Json& trace) {
  constexpr std::array<const char*, 9> fields{"ttl",        "address", "kind",      "reply_ttl", "echo_reply_ttl",
                                              "quoted_ttl", "marks",   "icmp_type", "step"};
  Json hops = Json::array();
  if (const auto list = trace.find("hops"); list != trace.end() && list->is_array())
    for (const auto& hop : *list)
      if (hop.is_object()) hops.push_back(chosen(hop, fields));
  return hops;
}

std::string shown(const Json& tunnel) {
  const auto word = [&](const char* field) {
    const auto found = tunnel.find(field);
    return found != tunnel.end() && found->is_string() ? found->get<std::string>() : std::string{"-"};
  };
  const auto hidden = tunnel.find("lsrs");
  return fmt::format("{} {} {} {}", word("class"), word("ingress"), word("egress"),
                     hidden != tunnel.end() && hidden->is_array() ? hidden->size() : 0);
}

}  // namespace

Answer answer_of(std::string_view json_lines) {
  Answer answer;
  std::vector<std::string> parts;
  bool has_trace = false;
  for (std::size_t begin = 0; begin < json_lines.size();) {
    const auto end = std::min(json_lines.find('\n', begin), json_lines.size());
    const auto line = Json::parse(json_lines.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    if (!line.is_object()) continue;
    const auto type = line.value("type", Json{});
    if (type == "trace") {
      constexpr std::array<const char*, 2> fields{"destination", "stop"};
      auto trace = chosen(line, fields);
      trace["hops"] = hops_of(line);
      parts.push_back(trace.dump());
      has_trace = true;
    } else if (type == "tunnel") {
      constexpr std::array<const char*, 8> fields{"destination", "class", "trigger",      "ingress",
                                                  "egress",      "lsrs",  "completeness", "confidence"};
      parts.push_back(chosen(line, fields).dump());
      answer.tunnels += (answer.tunnels.empty() ? "" : ", ") + shown(line);
    }
  }
  if (!has_trace) return answer;
  std::ranges::sort(parts);  // results come in the order in which they are finished
  std::string text;
  for (const auto& part : parts) text += part + "\n";
  answer.digest = fleet::sha256_hex(text);
  return answer;
}

}  // namespace utnt::apps
