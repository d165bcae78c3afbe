// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/other_controller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "fleet/trust/key.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t word_max = 160;
constexpr std::int64_t second = 1'000'000'000, years_max = 100 * 365 * 86'400LL;

std::string word_in(const nlohmann::json& told, const char* name) {
  const auto field = told.find(name);
  return field != told.end() && field->is_string() ? field->get<std::string>().substr(0, word_max) : std::string{};
}

}  // namespace

std::optional<OtherController> parse_other_controller(const nlohmann::json& told, std::int64_t now_ns) {
  if (!told.is_object()) return std::nullopt;
  OtherController other{.key = word_in(told, "key"),
                        .place = word_in(told, "place"),
                        .instance = word_in(told, "instance"),
                        .since_ns = now_ns};
  if (!parse_key_text(other.key)) return std::nullopt;
  if (const auto field = told.find("seconds"); field != told.end() && field->is_number_unsigned())
    other.since_ns -=
        static_cast<std::int64_t>(std::min<std::uint64_t>(field->get<std::uint64_t>(), years_max)) * second;
  return other;
}

std::string text_of(const OtherController& other, const std::string& our_key) {
  const auto place = other.place.empty() ? std::string{} : other.place + ", ";
  if (other.key == our_key)
    return fmt::format("another program with this controller's key ({}key {})", place, short_fingerprint(other.key));
  return fmt::format("another controller ({}key {})", place, short_fingerprint(other.key));
}

std::string short_fingerprint(const std::string& key) {
  constexpr std::size_t shown = 16;
  const auto parsed = parse_key_text(key);
  return parsed ? fingerprint(*parsed).substr(0, shown) : "unknown";
}

std::string wall_clock_text(std::int64_t ns) {
  const std::time_t seconds = ns / second;
  std::tm parts{};
  std::array<char, 32> text{};
  if (!::gmtime_r(&seconds, &parts) || std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
    return "an unknown time";
  return text.data();
}

}  // namespace utnt::fleet
