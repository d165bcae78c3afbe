// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/image_url.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "fleet/model/strict_json.hpp"
#include "fleet/model/word_check.hpp"

namespace utnt::fleet {

std::optional<std::string> image_url_complaint(std::string_view url) {
  if (url.size() > image_url_max) return "is longer than " + std::to_string(image_url_max) + " bytes";
  const auto scheme = url.starts_with("https://") ? 8U : url.starts_with("http://") ? 7U : 0U;
  if (scheme == 0) return "does not begin with http:// or https://";
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '\''; };
  if (!std::ranges::all_of(url, is_plain)) return "has blanks, quotes or characters that a URL encodes";
  const auto host = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (host.empty() || host.front() == '-' || host.front() == ':') return "names no host";
  if (host.find('@') != std::string_view::npos) return "has a user's name or a password in it";
  return std::nullopt;
}

std::string image_url_of(std::string url, const std::string& digest) {
  for (auto at = url.find(digest_word); at != std::string::npos; at = url.find(digest_word, at))
    url.replace(at, digest_word.size(), digest);
  return url;
}

bool is_allowed_by(std::string_view beginning, std::string_view url) {
  if (beginning.empty() || !url.starts_with(beginning)) return false;
  const auto rest = url.substr(beginning.size());
  constexpr std::string_view ends = "/?#";
  if (!rest.empty() && beginning.back() != '/' && ends.find(rest.front()) == std::string_view::npos) return false;
  constexpr std::array<std::string_view, 5> ways_out{"..", "%2e", "%2E", "%2f", "%2F"};
  return std::ranges::none_of(ways_out, [&](std::string_view way) { return rest.find(way) != std::string_view::npos; });
}

std::string image_source_text(const ImageSource& source) {
  return nlohmann::ordered_json{{"url", source.url}, {"signature", source.signature}}.dump();
}

ImageSource parse_image_source(std::string_view text) {
  const auto json = try_json(text);
  const auto field = [&](const char* name) {
    const auto value = json.is_object() ? json.value(name, nlohmann::json{}) : nlohmann::json{};
    if (!value.is_string()) throw wrong(name, "a text", value.dump());
    return value.get<std::string>();
  };
  ImageSource source{.url = field("url"), .signature = field("signature")};
  if (const auto complaint = image_url_complaint(source.url))
    throw wrong("url", "another, for this " + *complaint, source.url);
  return source;
}

}  // namespace utnt::fleet
