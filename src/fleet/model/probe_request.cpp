// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/probe_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace utnt::fleet {
namespace {

using Json = nlohmann::ordered_json;

Json parse_head(std::string_view line) {
  auto head = Json::parse(line, nullptr, false);
  if (!head.is_object() || !head.contains("images") || !head["images"].is_array())
    throw std::invalid_argument{R"(expected a line {"enrol":false,"images":[]} first)"};
  return head;
}

}  // namespace

std::string write_probe_request(const ProbeRequest& request) {
  Json images = Json::array();
  for (const auto& image : request.images) images.push_back({{"tender", image.tender}, {"bytes", image.bytes.size()}});
  auto text = Json{{"enrol", request.enrols}, {"images", images}}.dump() + "\n";
  for (const auto& image : request.images) text += image.bytes;
  return text;
}

ProbeRequest parse_probe_request(std::string_view text) {
  const auto end = text.find('\n');
  const auto head = parse_head(text.substr(0, end));
  auto rest = end == text.npos ? std::string_view{} : text.substr(end + 1);
  ProbeRequest request;
  if (const auto enrols = head.find("enrol"); enrols != head.end() && enrols->is_boolean())
    request.enrols = enrols->get<bool>();
  for (const auto& image : head["images"]) {
    const auto tender = image.is_object() ? image.value("tender", Json{}) : Json{};
    const auto bytes = image.is_object() ? image.value("bytes", Json{}) : Json{};
    constexpr std::array known{"process", "qemu", "container", "vm"};
    if (std::ranges::none_of(known, [&](const char* word) { return tender == word; }))
      throw std::invalid_argument{"images: expected a tender process, qemu, container or vm"};
    if (!bytes.is_number_unsigned() || bytes.get<std::uint64_t>() > rest.size())
      throw std::invalid_argument{"images: expected as many bytes as are announced"};
    const auto size = bytes.get<std::size_t>();
    request.images.push_back({.tender = tender.get<std::string>(), .bytes = std::string{rest.substr(0, size)}});
    rest.remove_prefix(size);
  }
  if (!rest.empty()) throw std::invalid_argument{"images: expected nothing behind the last"};
  return request;
}

}  // namespace utnt::fleet
