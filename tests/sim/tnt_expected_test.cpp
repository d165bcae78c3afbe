// SPDX-License-Identifier: BSD-2-Clause
// Under the original rules every scenario gives what the TNT specification says, whatever the order of the replies and
// whatever the seed.
#include <gtest/gtest.h>

#include <fstream>

#include "expectation.hpp"
#include "support/seeds.hpp"

namespace utnt::sim {
namespace {

constexpr std::size_t fixed_seeds = 2;

std::string first_difference(const std::string& expected, const std::string& actual) {
  std::istringstream a{expected}, b{actual};
  std::string x, y;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, x));
    const bool more_b = static_cast<bool>(std::getline(b, y));
    if (!more_a && !more_b) return "";
    if (more_a != more_b || x != y) {
      return "line " + std::to_string(line) + "\n  expected: " + (more_a ? x : "(end)") +
             "\n  actual:   " + (more_b ? y : "(end)");
    }
  }
}

void check(const Expectation& expectation, const RunRequest& request) {
  const auto run = run_scenario(request);
  const Blame blame{run};
  const auto actual = masked_text(run, expectation.text);
  EXPECT_EQ(actual, expectation.text) << expectation.name << ", " << expectation.row << "\n"
                                      << first_difference(expectation.text, actual);
  // Duplicates and delays must not cost probes either: under these rules one probe is in flight and waits a second.
  if (!expectation.probes.empty()) {
    EXPECT_EQ(probes_text(run), expectation.probes) << expectation.name;
  }
}

class ExpectedTest : public testing::Test {
 public:
  ExpectedTest(Expectation expectation, bool reordered)
      : expectation_{std::move(expectation)}, is_reordered_{reordered} {}

  void TestBody() override {
    auto seeds = test::seeds_for(expectation_.name, fixed_seeds);
    if (!is_reordered_) seeds.insert(seeds.begin(), 1);
    for (const auto seed : seeds) {
      if (!expectation_.unsteady.empty() && seed != 1) continue;
      auto request = request_for(expectation_, seed);
      if (is_reordered_) request.impairment = reordering(seed);
      check(expectation_, request);
      if (HasFailure()) return;
    }
  }

 private:
  Expectation expectation_;
  bool is_reordered_;
};

bool register_expectations() {
  for (const auto& expectation : read_expectations()) {
    testing::RegisterTest("TntRules", expectation.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [=]() -> testing::Test* {
                            return new ExpectedTest{expectation, false};
                          });
    if (!expectation.unsteady.empty()) continue;
    testing::RegisterTest("TntRulesReordered", expectation.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [=]() -> testing::Test* {
                            return new ExpectedTest{expectation, true};
                          });
  }
  return true;
}

[[maybe_unused]] const bool registered = register_expectations();

}  // namespace
}  // namespace utnt::sim
