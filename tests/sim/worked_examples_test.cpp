// SPDX-License-Identifier: BSD-2-Clause
// The worked examples of the TNT specification (section 9.3) come out of the whole chain, emulated packets to classic
// text, byte for byte except for the RTTs. The texts are those of the specification, kept below tests/golden.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "results/classic_text.hpp"
#include "run_scenario.hpp"

namespace utnt::sim {
namespace {

std::string without_rtts(const std::string& text) {
  static const std::regex rtt{R"( \d+\.\d{3} ms)"};
  return std::regex_replace(text, rtt, " - ms");
}

std::string example(const std::string& name) {
  std::ifstream in{std::string{UTNT_SOURCE_DIR} + "/tests/golden/results/classic/" + name};
  return without_rtts({std::istreambuf_iterator<char>{in}, {}});
}

struct Example {
  const char* letter;
  const char* scenario;
  const char* file;
};

// B and G are described in words; s04_implicit and s30_shared_ler_juniper among the expected texts hold them.
class WorkedExample : public testing::TestWithParam<Example> {};

TEST_P(WorkedExample, comes_out_byte_for_byte) {
  const auto run = run_scenario(request(GetParam().scenario, "tnt"));
  const Blame blame{run};
  const auto expected = example(GetParam().file);
  ASSERT_FALSE(expected.empty());
  // Some examples begin at their second line and end before the last.
  const auto actual = without_rtts(results::classic_text(run.trace()));
  EXPECT_NE(actual.find("\n" + expected), std::string::npos) << "expected:\n" << expected << "actual:\n" << actual;
}

INSTANTIATE_TEST_SUITE_P(, WorkedExample,
                         testing::Values(Example{"A", "s02_explicit", "explicit.txt"},
                                         Example{"C", "s08_php_dpr", "invisible_php_dpr.txt"},
                                         Example{"D", "s07_php_brpr", "invisible_php_brpr.txt"},
                                         Example{"E", "s17_uhp_buddy", "invisible_uhp_buddy.txt"},
                                         Example{"F", "s28_opaque", "opaque.txt"}),
                         [](const auto& example_info) { return std::string{example_info.param.letter}; });

}  // namespace
}  // namespace utnt::sim
