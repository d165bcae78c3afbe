// SPDX-License-Identifier: BSD-2-Clause
// TOML text to configuration tree: the only place that sees the TOML library.
#include <stdexcept>

namespace {
/// Stands in for the library's own assertions, some of which malformed text can break.
struct TomlAssertion : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse_toml() { throw TomlAssertion{"malformed TOML"}; }
}  // namespace

#undef NDEBUG  // the library switches its checks off with it, and assumes what they would have checked
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : refuse_toml())
#include <toml++/toml.h>

#include "emu/config_tree.hpp"

namespace utnt::emu {

namespace {

ConfigValue convert(const toml::node& node, std::string_view file, unsigned depth);

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

ConfigTable convert_table(const toml::table& table, std::string_view file, unsigned depth) {
  ConfigTable out;
  for (const auto& [key, value] : table) out.push_back({std::string{key.str()}, convert(value, file, depth)});
  return out;
}

ConfigValue convert(const toml::node& node, std::string_view file, unsigned depth) {
  constexpr unsigned depth_max = 8;
  if (depth > depth_max) throw ScenarioError{file, line_of(node), "nested too deeply"};
  ConfigValue out;
  out.line = line_of(node);
  if (const auto* b = node.as_boolean())
    out.value = b->get();
  else if (const auto* i = node.as_integer())
    out.value = i->get();
  else if (const auto* s = node.as_string())
    out.value = s->get();
  else if (const auto* t = node.as_table())
    out.value = convert_table(*t, file, depth + 1);
  else if (const auto* a = node.as_array()) {
    ConfigList list;
    for (const auto& item : *a) list.push_back(convert(item, file, depth + 1));
    out.value = std::move(list);
  } else {
    throw ScenarioError{file, out.line, "fractions and dates are not used here; times are whole microseconds"};
  }
  return out;
}

/// The library's test for exotic white space is undefined for most other characters, so they never reach it.
void refuse_beyond_ascii(std::string_view text, std::string_view file) {
  std::size_t line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (static_cast<unsigned char>(c) >= 0x80) throw ScenarioError{file, line, "only ASCII characters are allowed"};
  }
}

}  // namespace

ConfigTable parse_config(std::string_view text, std::string_view file) {
  refuse_beyond_ascii(text, file);
  try {
    return convert_table(toml::parse(text, file), file, 0);
  } catch (const toml::parse_error& error) {
    throw ScenarioError{file, error.source().begin.line, std::string{error.description()}};
  } catch (const TomlAssertion& error) {
    throw ScenarioError{file, 1, error.what()};
  }
}

}  // namespace utnt::emu
