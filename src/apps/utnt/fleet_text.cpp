// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_text.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace utnt::apps {

std::string printable(const std::string& text) {
  constexpr std::size_t shown_max = 200;
  std::string out;
  for (const char c : text.substr(0, shown_max)) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

void print_json(const nlohmann::ordered_json& json) {
  std::puts(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace utnt::apps
