// SPDX-License-Identifier: BSD-2-Clause
// Typed access to the configuration tree, with errors that say where and what would be right.
#include "emu/config_tree.hpp"

#include <algorithm>
#include <numeric>

#include "wire/address.hpp"

namespace utnt::emu {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}

}  // namespace

ScenarioError::ScenarioError(std::string_view file, std::size_t line, std::string_view message)
    : std::runtime_error{std::string{file} + ":" + std::to_string(line) + ": " + std::string{message}}, line_{line} {}

std::string closest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 2;
  for (const auto& c : candidates) {
    const std::size_t d = edit_distance(word.substr(0, 64), c);
    if (d < best_distance) {
      best_distance = d;
      best = c;
    }
  }
  return best;
}

std::string Section::full(std::string_view key) const {
  return name_.empty() ? std::string{key} : name_ + "." + std::string{key};
}

std::size_t Section::line_of(std::string_view key) const {
  for (const auto& [k, v] : *table_)
    if (k == key) return v.line;
  return line_;
}

void Section::fail(std::string_view key, std::string_view message) const {
  throw ScenarioError{file_, line_of(key), full(key) + ": " + std::string{message}};
}

void Section::fail_choice(std::string_view key, const std::string& word, const std::vector<std::string>& known) const {
  std::string message = "unknown value \"" + word + "\"";
  if (const auto near = closest_word(word, known); !near.empty()) message += ", did you mean \"" + near + "\"?";
  fail(key, message + " (one of " + join(known) + ")");
}

const ConfigValue* Section::find(std::string_view key) {
  asked_.emplace(key);
  for (const auto& [k, v] : *table_)
    if (k == key) return &v;
  return nullptr;
}

bool Section::text(std::string_view key, std::string& out) {
  const auto* v = find(key);
  if (v == nullptr) return false;
  const auto* s = std::get_if<std::string>(&v->value);
  if (s == nullptr) fail(key, "must be a string");
  out = *s;
  return true;
}

bool Section::flag(std::string_view key, bool& out) {
  const auto* v = find(key);
  if (v == nullptr) return false;
  const auto* b = std::get_if<bool>(&v->value);
  if (b == nullptr) fail(key, "must be true or false");
  out = *b;
  return true;
}

bool Section::number(std::string_view key, std::int64_t& out, std::int64_t low, std::int64_t high) {
  const auto* v = find(key);
  if (v == nullptr) return false;
  const auto* n = std::get_if<std::int64_t>(&v->value);
  if (n == nullptr) fail(key, "must be a whole number");
  if (*n < low || *n > high) fail(key, "must be between " + std::to_string(low) + " and " + std::to_string(high));
  out = *n;
  return true;
}

bool Section::microseconds(std::string_view key, Duration& out) {
  std::int64_t us = 0;
  if (!number(key, us, 0, 60'000'000)) return false;
  out = Duration{us * 1000};
  return true;
}

bool Section::address(std::string_view key, std::uint32_t& out) {
  std::string word;
  if (!text(key, word)) return false;
  const auto parsed = wire::parse_address(word);
  if (!parsed || !parsed->is_v4()) fail(key, "\"" + word + "\" is not an IPv4 address");
  out = parsed->v4().value();
  return true;
}

Ipv4Range parse_range(std::string_view text, std::string_view file, std::size_t line) {
  const auto parsed = wire::parse_prefix(text);
  if (!parsed || !parsed->address.is_v4())
    throw ScenarioError{file, line, "\"" + std::string{text} + "\" is not an IPv4 prefix (host bits must be zero)"};
  const unsigned length = parsed->length;
  const std::uint32_t mask = length == 0 ? 0U : ~std::uint32_t{0} << (32U - length);
  return {parsed->address.v4().value(), mask};
}

bool Section::prefixes(std::string_view key, std::vector<Ipv4Range>& out) {
  std::vector<std::string> list;
  if (!words(key, list)) return false;
  out.clear();
  for (const auto& w : list) out.push_back(parse_range(w, file_, line_of(key)));
  return true;
}

bool Section::words(std::string_view key, std::vector<std::string>& out) {
  const auto* v = find(key);
  if (v == nullptr) return false;
  out.clear();
  if (const auto* s = std::get_if<std::string>(&v->value)) {
    out.push_back(*s);
    return true;
  }
  const auto* list = std::get_if<ConfigList>(&v->value);
  if (list == nullptr) fail(key, "must be a string or a list of strings");
  for (const auto& item : *list) {
    const auto* s = std::get_if<std::string>(&item.value);
    if (s == nullptr) fail(key, "must hold strings only");
    out.push_back(*s);
  }
  return true;
}

std::optional<Section> Section::section(std::string_view key) {
  const auto* v = find(key);
  if (v == nullptr) return std::nullopt;
  const auto* table = std::get_if<ConfigTable>(&v->value);
  if (table == nullptr) fail(key, "must be a table");
  return Section{file_, full(key), *table, v->line};
}

std::vector<std::pair<std::string, Section>> Section::named_sections(std::string_view key) {
  std::vector<std::pair<std::string, Section>> out;
  const auto* v = find(key);
  if (v == nullptr) return out;
  const auto* table = std::get_if<ConfigTable>(&v->value);
  if (table == nullptr) fail(key, "must be a table of tables");
  for (const auto& [name, value] : *table) {
    const auto* inner = std::get_if<ConfigTable>(&value.value);
    if (inner == nullptr) throw ScenarioError{file_, value.line, full(key) + "." + name + ": must be a table"};
    out.emplace_back(name, Section{file_, full(key) + "." + name, *inner, value.line});
  }
  return out;
}

std::vector<Section> Section::list_of_sections(std::string_view key) {
  std::vector<Section> out;
  const auto* v = find(key);
  if (v == nullptr) return out;
  const auto* list = std::get_if<ConfigList>(&v->value);
  if (list == nullptr) fail(key, "must be written as [[" + std::string{key} + "]]");
  for (const auto& item : *list) {
    const auto* inner = std::get_if<ConfigTable>(&item.value);
    if (inner == nullptr) fail(key, "must hold tables only");
    out.emplace_back(file_, full(key), *inner, item.line);
  }
  return out;
}

void Section::finish() const {
  for (const auto& [key, value] : *table_) {
    if (asked_.contains(key)) continue;
    const std::vector<std::string> known{asked_.begin(), asked_.end()};
    std::string message = "unknown key \"" + full(key) + "\"";
    if (const auto near = closest_word(key, known); !near.empty()) message += ", did you mean \"" + near + "\"?";
    throw ScenarioError{file_, value.line, message};
  }
}

}  // namespace utnt::emu
