// SPDX-License-Identifier: BSD-2-Clause
// A value or an Error, for code without exceptions. Member names follow std::expected, which C++20 lacks.
//   Result<Header> parse(...);
//   UTNT_TRY(const auto header, parse(bytes));      // returns the error to the caller
//   return Fail{Error::truncated};
#pragma once

#include <type_traits>

#include "base/assert.hpp"
#include "base/error.hpp"

namespace utnt {

/// Marks an error on its way into a Result.
struct Fail {
  Error error;
};

/// Holds trivially copyable types only: views, identifiers and small structs are all that the pure folders return.
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;

  constexpr Result(const T& value) : value_{value}, has_value_{true} {}
  constexpr Result(Fail fail) : error_{fail.error}, has_value_{false} {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  constexpr explicit operator bool() const noexcept { return has_value_; }

  /// The value; asserts that there is one.
  constexpr T& value() { return check(), value_; }
  constexpr const T& value() const { return check(), value_; }
  constexpr T& operator*() { return value(); }
  constexpr const T& operator*() const { return value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  constexpr T value_or(T fallback) const { return has_value_ ? value_ : fallback; }

  /// The error; asserts that there is one.
  [[nodiscard]] constexpr Error error() const {
    UTNT_ASSERT(!has_value_);
    return error_;
  }

 private:
  constexpr void check() const { UTNT_ASSERT(has_value_); }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  constexpr Result() = default;
  constexpr Result(Fail fail) : error_{fail.error}, has_value_{false} {}
  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  constexpr explicit operator bool() const noexcept { return has_value_; }
  [[nodiscard]] constexpr Error error() const {
    UTNT_ASSERT(!has_value_);
    return error_;
  }

 private:
  Error error_{};
  bool has_value_{true};
};

}  // namespace utnt

#define UTNT_CONCAT_(a, b) a##b
#define UTNT_CONCAT(a, b) UTNT_CONCAT_(a, b)
#define UTNT_TRY_(name, declaration, expression) \
  auto name = (expression);                      \
  if (!name) return ::utnt::Fail{name.error()};  \
  declaration = *name
/// Declares a variable from a Result's value, or returns its error from the enclosing function.
#define UTNT_TRY(declaration, expression) UTNT_TRY_(UTNT_CONCAT(utnt_try_, __LINE__), declaration, expression)
/// Returns the error of a Result<void> from the enclosing function.
#define UTNT_CHECK(expression)                                                                     \
  if (auto UTNT_CONCAT(utnt_check_, __LINE__) = (expression); !UTNT_CONCAT(utnt_check_, __LINE__)) \
    return ::utnt::Fail { UTNT_CONCAT(utnt_check_, __LINE__).error() }
