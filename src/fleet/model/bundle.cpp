// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "fleet/model/order.hpp"
#include "fleet/model/strict_json.hpp"
#include "fleet/model/word_check.hpp"
#include "fleet/trust/digest.hpp"
#include "results/json_text.hpp"

namespace utnt::fleet {
namespace {

constexpr std::uint32_t schema = 1;
constexpr std::uint32_t attempt_max = 1'000'000;
constexpr std::size_t word_max = 32, reason_max = 64, job_digits = 32;
constexpr int exit_code_max = 255;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= word_max &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; });
}

void check_word_or_nothing(std::string_view field, const std::string& text) {
  if (!text.empty() && !is_word(text)) throw wrong(field, "at most 32 lower-case letters, digits and _", text);
}

void check_numbers(std::string_view field, const std::vector<BundleNumber>& numbers) {
  if (numbers.size() > bundle_numbers_max)
    throw wrong(field, fmt::format("at most {} numbers", bundle_numbers_max), std::to_string(numbers.size()));
  std::set<std::string_view> names;
  for (const auto& [name, value] : numbers) {
    if (!is_word(name)) throw wrong(field, "names of at most 32 lower-case letters, digits and _", name);
    if (!names.insert(name).second) throw wrong(field, "every name once", name);
    if (value < 0) throw wrong(fmt::format("{}.{}", field, name), "a whole number from 0", std::to_string(value));
  }
}

void check_ending(const BundleHeader& header) {
  if (header.exit_code < -exit_code_max || header.exit_code > exit_code_max)
    throw wrong("exit_code", "a whole number from -255 to 255", std::to_string(header.exit_code));
  check_word_or_nothing("end", header.end);
  if (header.is_complete != header.reason.empty())
    throw wrong("reason", header.is_complete ? "nothing, the run is complete" : "why the run is not complete",
                header.reason);
  if (header.reason.size() > reason_max || !is_printable(header.reason))
    throw wrong("reason", "at most 64 printable ASCII characters", header.reason);
  if (header.detail.size() > bundle_detail_max || std::ranges::any_of(header.detail, is_control))
    throw wrong("detail", fmt::format("at most {} bytes without control characters", bundle_detail_max), header.detail);
}

void check(const BundleHeader& header) {
  if (header.job.size() != job_digits || !is_lower_hex(header.job))
    throw wrong("job", "32 lower-case hexadecimal digits", header.job);
  check_range("attempt", header.attempt, 1, attempt_max);
  if (!is_name(header.node, order_name_max)) throw wrong("node", "1 to 64 letters, digits and . _ -", header.node);
  if (!variant_named(header.variant)) throw wrong("variant", "unikernel, container or vm", header.variant);
  check_word_or_nothing("tender", header.tender);
  if (!header.image.empty() && !is_digest(header.image))
    throw wrong("image", "64 lower-case hexadecimal digits, or nothing", header.image);
  if (!is_word(header.format)) throw wrong("format", "1 to 32 lower-case letters, digits and _", header.format);
  check_ending(header);
  check_numbers("phases", header.phases);
  check_numbers("measured", header.measured);
}

/// Cut where a character begins, control characters as blanks.
std::string cleaned(std::string_view detail) {
  std::string out;
  results::JsonText{out}.text(detail);  // what is no UTF-8 becomes U+FFFD
  auto text = try_json(out).get<std::string>();
  std::ranges::replace_if(text, is_control, ' ');
  if (text.size() <= bundle_detail_max) return text;
  auto end = bundle_detail_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

void write_numbers(results::JsonText& json, std::string_view key, const std::vector<BundleNumber>& numbers) {
  json.key(key);
  json.open_object();
  for (const auto& [name, value] : numbers) json.field(name, value);
  json.close_object();
}

std::vector<BundleNumber> numbers_from(const nlohmann::json& object, std::string_view field) {
  std::vector<BundleNumber> numbers;
  StrictJson fields{object, field};
  for (const auto& [name, value] : object.items()) {
    if (numbers.size() == bundle_numbers_max)
      throw wrong(field, fmt::format("at most {} numbers", bundle_numbers_max), std::to_string(object.size()));
    BundleNumber number{.name = name};
    fields.number(name.c_str(), number.value);
    numbers.push_back(std::move(number));
  }
  return numbers;
}

BundleHeader header_from(const nlohmann::json& json, std::uint64_t& payload_bytes) {
  BundleHeader header;
  StrictJson fields{json, ""};
  std::string type, variant;
  fields.text("type", type);
  if (type != "result") throw wrong("type", "result", type);
  std::uint32_t version = 0;
  fields.number("schema", version);
  if (version != schema) throw wrong("schema", std::to_string(schema), std::to_string(version));
  fields.text("job", header.job);
  fields.number("attempt", header.attempt);
  fields.text("node", header.node);
  fields.text("variant", header.variant);
  fields.text("tender", header.tender);
  fields.text("image", header.image);
  fields.text("format", header.format);
  fields.signed_number("exit_code", header.exit_code, -exit_code_max, exit_code_max);
  fields.text("end", header.end);
  const auto& complete = fields.any("is_complete");
  if (!complete.is_boolean()) throw wrong("is_complete", "true or false", complete.type_name());
  header.is_complete = complete.get<bool>();
  fields.text("reason", header.reason);
  fields.text("detail", header.detail);
  fields.number("probes", header.probes);
  header.phases = numbers_from(fields.object("phases"), "phases");
  header.measured = numbers_from(fields.object("measured"), "measured");
  fields.number("bytes", payload_bytes);
  fields.nothing_else();
  return header;
}

}  // namespace

std::string write_bundle(const BundleHeader& given, std::string_view payload) {
  auto header = given;
  header.detail = cleaned(given.detail);
  check(header);
  check_range("bytes", payload.size(), 0, bundle_payload_max);
  std::string out;
  out.reserve(payload.size() + 1'024);
  results::JsonText json{out};
  json.open_object();
  json.field_word("type", "result");
  json.field("schema", schema);
  json.field_word("job", header.job);
  json.field("attempt", header.attempt);
  json.field_word("node", header.node);
  json.field_word("variant", header.variant);
  json.field_word("tender", header.tender);
  json.field_word("image", header.image);
  json.field_word("format", header.format);
  json.field("exit_code", header.exit_code);
  json.field_word("end", header.end);
  json.field("is_complete", header.is_complete);
  json.field_text("reason", header.reason);
  json.field_text("detail", header.detail);
  json.field("probes", header.probes);
  write_numbers(json, "phases", header.phases);
  write_numbers(json, "measured", header.measured);
  json.field("bytes", payload.size());
  json.close_object();
  out += '\n';
  return out += payload;
}

std::string_view bundle_header_line(std::string_view bytes) {
  const auto end = bytes.substr(0, bundle_header_max + 1).find('\n');
  if (end == std::string_view::npos)
    throw wrong("line 1", fmt::format("an object of at most {} bytes and a line end", bundle_header_max),
                bytes.substr(0, word_max));
  return bytes.substr(0, end);
}

Bundle parse_bundle(std::string_view bytes) {
  const auto line = bundle_header_line(bytes);
  const auto json = parse_json(line, "line 1");
  std::uint64_t payload_bytes = 0;
  Bundle bundle{.header = header_from(json, payload_bytes), .payload = bytes.substr(line.size() + 1)};
  check(bundle.header);
  if (payload_bytes != bundle.payload.size() || payload_bytes > bundle_payload_max)
    throw wrong("bytes", fmt::format("{}, the bytes behind line 1", bundle.payload.size()),
                std::to_string(payload_bytes));
  return bundle;
}

std::string bundle_digest(std::string_view bytes) { return sha256_hex(bytes); }

}  // namespace utnt::fleet
