// SPDX-License-Identifier: BSD-2-Clause
// A parsed TOML text as plain values with line numbers, and a reader that knows which keys were asked for: whatever is
// left over at the end is a mistake of the author, named together with the nearest key that exists.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "emu/quirks.hpp"
#include "emu/scenario.hpp"

namespace utnt::emu {

struct ConfigValue;
struct ConfigEntry;
using ConfigList = std::vector<ConfigValue>;
using ConfigTable = std::vector<ConfigEntry>;  // in the order of keys

struct ConfigValue {
  std::variant<bool, std::int64_t, std::string, ConfigList, ConfigTable> value;
  std::size_t line{0};
};

struct ConfigEntry {
  std::string first;  ///< the key
  ConfigValue second;
};

/// Throws ScenarioError for anything that is not TOML, or uses a type that no key has (floats, dates).
ConfigTable parse_config(std::string_view text, std::string_view file);

/// The candidate with the smallest edit distance to `word`, if that is small enough to be a slip; else empty.
std::string closest_word(std::string_view word, const std::vector<std::string>& candidates);

template <class Enum>
struct Choice {
  std::string_view word;
  Enum value;
};

/// Reads the keys of one table. Every getter leaves its output alone when the key is absent.
class Section {
 public:
  Section(std::string_view file, std::string name, const ConfigTable& table, std::size_t line)
      : file_{file}, name_{std::move(name)}, table_{&table}, line_{line} {}

  bool text(std::string_view key, std::string& out);
  bool flag(std::string_view key, bool& out);
  bool number(std::string_view key, std::int64_t& out, std::int64_t low, std::int64_t high);
  template <class Int>
  bool integer(std::string_view key, Int& out, std::int64_t low, std::int64_t high) {
    std::int64_t v = 0;
    if (!number(key, v, low, high)) return false;
    out = static_cast<Int>(v);
    return true;
  }
  bool microseconds(std::string_view key, Duration& out);
  bool address(std::string_view key, std::uint32_t& out);
  bool prefixes(std::string_view key, std::vector<Ipv4Range>& out);
  bool words(std::string_view key, std::vector<std::string>& out);  ///< a string, or a list of strings
  const ConfigValue* find(std::string_view key);
  /// The sub-table `key`, if present.
  std::optional<Section> section(std::string_view key);
  /// All sub-tables of the table `key`: [as.NAME] gives NAME.
  std::vector<std::pair<std::string, Section>> named_sections(std::string_view key);
  /// The tables of [[key]].
  std::vector<Section> list_of_sections(std::string_view key);

  template <class Enum, std::size_t N>
  bool choice(std::string_view key, Enum& out, const Choice<Enum> (&choices)[N]) {
    std::string word;
    if (!text(key, word)) return false;
    std::vector<std::string> known;
    for (const auto& c : choices) {
      if (c.word == word) {
        out = c.value;
        return true;
      }
      known.emplace_back(c.word);
    }
    fail_choice(key, word, known);
  }

  /// Throws when a key of the table was never asked for.
  void finish() const;
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t line_of(std::string_view key) const;
  [[nodiscard]] std::string_view file() const { return file_; }

 private:
  [[noreturn]] void fail_choice(std::string_view key, const std::string& word,
                                const std::vector<std::string>& known) const;
  [[nodiscard]] std::string full(std::string_view key) const;
  std::string_view file_;
  std::string name_;
  const ConfigTable* table_;
  std::size_t line_;
  std::set<std::string, std::less<>> asked_;
};

/// "a.b.c.d/len" or an address alone. Throws ScenarioError.
Ipv4Range parse_range(std::string_view text, std::string_view file, std::size_t line);

}  // namespace utnt::emu
