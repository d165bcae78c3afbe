// SPDX-License-Identifier: BSD-2-Clause
// Members of a JSON object that must be there, with their types, and nothing beside them. Complaints name the field and
// what was expected of it, as word_check.hpp does. Optional members are asked for with has().
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// At most 16 levels deep, no name twice in an object; throws std::invalid_argument.
nlohmann::json parse_json(std::string_view text, std::string_view what);

/// Any JSON; is_discarded() when it is none. The parser is large: an agent has it once.
nlohmann::json try_json(std::string_view text);

class StrictJson {
 public:
  /// `prefix` stands before field names in complaints. The object must outlive this.
  StrictJson(const nlohmann::json& object, std::string_view prefix);

  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  void text(const char* name, std::string& out);
  void texts(const char* name, std::vector<std::string>& out, std::size_t count_max);
  template <class T>
  void number(const char* name, T& out) {
    out = static_cast<T>(whole(name, std::numeric_limits<T>::max()));
  }
  void signed_number(const char* name, int& out, int min, int max);
  const nlohmann::json& object(const char* name);
  /// The member as it is.
  const nlohmann::json& any(const char* name);
  /// Call last: a member that nobody asked for is an error.
  void nothing_else() const;

 private:
  [[nodiscard]] std::string full(const char* name) const { return prefix_ + name; }
  std::uint64_t whole(const char* name, std::uint64_t max);

  const nlohmann::json& object_;
  std::string prefix_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace utnt::fleet
