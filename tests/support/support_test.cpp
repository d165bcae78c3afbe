// SPDX-License-Identifier: BSD-2-Clause
// Tests of the test helpers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <stdexcept>

#include "support/golden.hpp"
#include "support/property.hpp"
#include "support/seeds.hpp"

namespace utnt::test {
namespace {

/// Sets an environment variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} {
    if (const char* old = std::getenv(name)) old_ = old;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { old_.empty() ? ::unsetenv(name_) : ::setenv(name_, old_.c_str(), 1); }

 private:
  const char* name_;
  std::string old_;
};

TEST(Seeds, a_sentence_becomes_a_name_that_ctest_can_filter) {
  EXPECT_EQ(slug("An invisible tunnel, S7, is revealed."), "an_invisible_tunnel_s7_is_revealed");
}

TEST(Seeds, the_fixed_seeds_are_the_same_each_time_and_differ_from_test_to_test) {
  const Variable no_seed{"UTNT_SEED", nullptr};
  const Variable no_fresh{"UTNT_FRESH_SEEDS", nullptr};
  const auto seeds = seeds_for("one", 50);
  EXPECT_EQ(seeds, seeds_for("one", 50));
  EXPECT_EQ(std::set<std::uint64_t>(seeds.begin(), seeds.end()).size(), 50U);
  EXPECT_NE(seeds.front(), seeds_for("two", 50).front());
}

TEST(Seeds, a_seed_given_by_the_user_is_the_only_one) {
  const Variable seed{"UTNT_SEED", "0x51f0c3"};
  EXPECT_EQ(seeds_for("one", 50), std::vector<std::uint64_t>{0x51f0c3});
}

TEST(Seeds, a_seed_that_cannot_be_read_is_an_error_and_not_another_seed) {
  const Variable seed{"UTNT_SEED", "0x51g"};
  EXPECT_THROW(seeds_for("one", 50), std::runtime_error);
}

TEST(Seeds, fresh_seeds_come_on_top_of_the_fixed_ones) {
  const Variable no_seed{"UTNT_SEED", nullptr};
  const Variable fresh{"UTNT_FRESH_SEEDS", "7"};
  EXPECT_EQ(seeds_for("one", 50).size(), 57U);
}

std::size_t runs = 0;
std::set<std::uint64_t> first_numbers;
PROPERTY("a property runs once for each seed", prng) {
  ++runs;
  first_numbers.insert(prng.next());
  EXPECT_EQ(first_numbers.size(), runs) << "two seeds gave the same numbers";
}

TEST(Golden, a_file_of_hex_digits_is_read_without_its_comments) {
  const Golden golden{"support/hex_with_comments.hex"};
  EXPECT_EQ(golden.bytes(), (std::vector<std::byte>{std::byte{0x00}, std::byte{0x1f}, std::byte{0xff}}));
}

TEST(Golden, the_first_line_that_differs_is_named) {
  const Golden golden{"support/three_lines.txt"};
  EXPECT_TRUE(golden.matches("one\ntwo\nthree\n"));
  const auto result = golden.matches("one\n2\nthree\n");
  EXPECT_FALSE(result);
  EXPECT_NE(std::string{result.message()}.find("at line 2\n  golden: two\n  actual: 2\n"), std::string::npos)
      << result.message();
}

TEST(Golden, a_file_that_is_missing_or_is_no_hex_is_an_error) {
  EXPECT_THROW(Golden{"support/no_such_file"}, std::runtime_error);
  EXPECT_THROW((void)Golden{"support/three_lines.txt"}.bytes(), std::runtime_error);
}

}  // namespace
}  // namespace utnt::test
