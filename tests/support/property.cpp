// SPDX-License-Identifier: BSD-2-Clause
#include "support/property.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "support/replay_hint.hpp"
#include "support/seeds.hpp"

namespace utnt::test {
namespace {

class SeededTest : public testing::Test {
 public:
  SeededTest(const char* sentence, std::string name, std::size_t fixed_seeds, SeededBody body)
      : sentence_{sentence}, name_{std::move(name)}, fixed_seeds_{fixed_seeds}, body_{body} {}
  void TestBody() override { run_seeds(sentence_, name_, fixed_seeds_, body_); }

 private:
  const char* sentence_;
  std::string name_;
  std::size_t fixed_seeds_;
  SeededBody body_;
};

}  // namespace

bool run_seeds(const char* sentence, const std::string& name, std::size_t fixed_seeds, SeededBody body) {
  for (const auto seed : seeds_for(name, fixed_seeds)) {
    const auto replay = replay_text(sentence, name, seed);
    replay_hint = replay.c_str();
    try {
      body(seed);
    } catch (const std::exception& problem) {
      ADD_FAILURE() << "exception: " << problem.what();
    }
    replay_hint = nullptr;
    if (testing::Test::HasFailure()) {
      std::fprintf(stderr, "%s\n", replay.c_str());
      return false;
    }
    if (testing::Test::IsSkipped()) return true;
  }
  return true;
}

bool register_seeded(const char* suite, const char* sentence, const char* file, int line, std::size_t fixed_seeds,
                     SeededBody body) {
  const auto name = slug(sentence);
  testing::RegisterTest(suite, name.c_str(), nullptr, nullptr, file, line, [=]() -> testing::Test* {
    return new SeededTest{sentence, name, fixed_seeds, body};
  });
  return true;
}

std::string scenario_path(const char* name) { return std::string{UTNT_SOURCE_DIR} + "/tests/scenarios/" + name; }

}  // namespace utnt::test
