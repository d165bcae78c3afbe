// SPDX-License-Identifier: BSD-2-Clause
// Reading members of a parsed JSON object with their types and ranges checked: a file is not ours until proven.
// A missing member or null gives the fallback; a wrong type, range or word throws JsonProblem naming the member.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "results/names.hpp"
#include "wire/address.hpp"

namespace utnt::results {

class JsonProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class JsonFields {
 public:
  using Json = nlohmann::json;

  explicit JsonFields(const Json& object) : object_{object} {
    if (!object.is_object()) throw JsonProblem{"an object is expected"};
  }

  [[nodiscard]] const Json* find(const char* key) const {
    const auto it = object_.find(key);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }

  template <class T>
  void number(const char* key, T& out) const {
    const auto* v = find(key);
    if (v != nullptr) out = integer<T>(*v, key);
  }
  void boolean(const char* key, bool& out) const {
    const auto* v = find(key);
    if (v == nullptr) return;
    if (!v->is_boolean()) fail(key, "true or false is expected");
    out = v->get<bool>();
  }
  void text(const char* key, std::string& out) const {
    const auto* v = find(key);
    if (v != nullptr) out = text_of(*v, key);
  }
  void address(const char* key, wire::IpAddress& out) const {
    const auto* v = find(key);
    if (v == nullptr) return;
    const auto parsed = wire::parse_address(text_of(*v, key));
    if (!parsed) fail(key, "no address");
    out = *parsed;
  }
  template <class Enum>
  void word(const char* key, Enum& out) const {
    const auto* v = find(key);
    if (v == nullptr) return;
    const auto value = value_of<Enum>(text_of(*v, key));
    if (!value) fail(key, "unknown word");
    out = *value;
  }
  /// Words that the table does not know are skipped: a newer writer may have more.
  template <class Flag>
  void flags(const char* key, Flags<Flag>& out) const {
    each(key, [&out, key](const Json& v) {
      if (const auto flag = value_of<Flag>(text_of(v, key))) out.set(*flag);
    });
  }
  template <class Function>
  void each(const char* key, Function function) const {
    const auto* v = find(key);
    if (v == nullptr) return;
    if (!v->is_array()) fail(key, "an array is expected");
    for (const auto& element : *v) function(element);
  }
  void hex(const char* key, std::vector<std::byte>& out) const;

  template <class T>
  static T integer(const Json& v, const char* key) {
    static_assert(std::is_integral_v<T>);
    if (v.is_number_unsigned()) {
      const auto raw = v.get<std::uint64_t>();
      if (raw > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) fail(key, "number too large");
      return static_cast<T>(raw);
    }
    if (!v.is_number_integer()) fail(key, "a whole number is expected");
    const auto raw = v.get<std::int64_t>();  // negative
    if (std::is_unsigned_v<T> || raw < static_cast<std::int64_t>(std::numeric_limits<T>::min()))
      fail(key, "number too small");
    return static_cast<T>(raw);
  }
  static const std::string& text_of(const Json& v, const char* key) {
    if (!v.is_string()) fail(key, "a string is expected");
    return v.get_ref<const std::string&>();
  }
  [[noreturn]] static void fail(const char* key, const char* what) {
    throw JsonProblem{std::string{"\""} + key + "\": " + what};
  }

 private:
  const Json& object_;
};

}  // namespace utnt::results
