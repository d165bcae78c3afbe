// SPDX-License-Identifier: BSD-2-Clause
// Golden files: bytes or text that came from outside this code, kept below tests/golden with a note on their origin.
//   GOLDEN("time exceeded with two labels", "icmpv4/te_two_labels.hex") { EXPECT_EQ(build(), golden.bytes()); }
// A golden file is never written by a test. A text that differs is put beside the test's working files for a diff.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace utnt::test {

class Golden {
 public:
  /// `name` is relative to tests/golden. Throws std::runtime_error when the file is missing or empty.
  explicit Golden(std::string name);
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The file read as hex digits; white space and everything from '#' to the end of a line is skipped.
  [[nodiscard]] std::vector<std::byte> bytes() const;
  /// Fails with the first line that differs.
  [[nodiscard]] testing::AssertionResult matches(std::string_view actual) const;

 private:
  std::string name_;
  std::string text_;
};

using GoldenBody = void (*)(const Golden& golden);
bool register_golden(const char* sentence, const char* name, const char* file, int line, GoldenBody body);

}  // namespace utnt::test

#define GOLDEN(sentence, name)                                                                                 \
  static void UTNT_CONCAT(golden_body_, __LINE__)(const ::utnt::test::Golden& golden);                         \
  [[maybe_unused]] static const bool UTNT_CONCAT(golden_known_, __LINE__) =                                    \
      ::utnt::test::register_golden(sentence, name, __FILE__, __LINE__, &UTNT_CONCAT(golden_body_, __LINE__)); \
  static void UTNT_CONCAT(golden_body_, __LINE__)([[maybe_unused]] const ::utnt::test::Golden& golden)
