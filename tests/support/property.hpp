// SPDX-License-Identifier: BSD-2-Clause
// Tests that run many times, each time from another seed, and print how to replay the one that failed.
//   PROPERTY("a parsed label stack re-emits the same bytes", prng) { EXPECT_EQ(emit(parse(x)), x); }
//   SIMULATION("an invisible tunnel is revealed", "php.toml", seed) { ... }   // path below tests/scenarios: `scenario`
// GoogleTest knows them as Property.SLUG and Simulation.SLUG, so EXPECT_ and ASSERT_ work as anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/prng.hpp"
#include "base/result.hpp"

namespace utnt::test {

inline constexpr std::size_t property_seeds = 100;
inline constexpr std::size_t simulation_seeds = 5;

using SeededBody = void (*)(std::uint64_t seed);

/// Runs `body` for each seed of the test and stops at the first that fails, after printing the replay command.
/// Returns false when one failed.
bool run_seeds(const char* sentence, const std::string& name, std::size_t fixed_seeds, SeededBody body);

/// Tells GoogleTest about a test SUITE.SLUG; the value only exists so that this can run before main().
bool register_seeded(const char* suite, const char* sentence, const char* file, int line, std::size_t fixed_seeds,
                     SeededBody body);

/// Path of a file below tests/scenarios.
std::string scenario_path(const char* name);

}  // namespace utnt::test

#define UTNT_TEST_NAME(stem) UTNT_CONCAT(stem, __LINE__)

#define PROPERTY(sentence, prng)                                                                               \
  static void UTNT_TEST_NAME(property_body_)(::utnt::Prng & prng);                                             \
  static void UTNT_TEST_NAME(property_run_)(std::uint64_t utnt_seed) {                                         \
    ::utnt::Prng utnt_prng{utnt_seed};                                                                         \
    UTNT_TEST_NAME(property_body_)(utnt_prng);                                                                 \
  }                                                                                                            \
  [[maybe_unused]] static const bool UTNT_TEST_NAME(property_known_) = ::utnt::test::register_seeded(          \
      "Property", sentence, __FILE__, __LINE__, ::utnt::test::property_seeds, &UTNT_TEST_NAME(property_run_)); \
  static void UTNT_TEST_NAME(property_body_)([[maybe_unused]] ::utnt::Prng & prng)

#define SIMULATION(sentence, scenario_file, seed)                                                                    \
  static void UTNT_TEST_NAME(simulation_body_)(const std::string& scenario, std::uint64_t seed);                     \
  static void UTNT_TEST_NAME(simulation_run_)(std::uint64_t utnt_seed) {                                             \
    UTNT_TEST_NAME(simulation_body_)(::utnt::test::scenario_path(scenario_file), utnt_seed);                         \
  }                                                                                                                  \
  [[maybe_unused]] static const bool UTNT_TEST_NAME(simulation_known_) = ::utnt::test::register_seeded(              \
      "Simulation", sentence, __FILE__, __LINE__, ::utnt::test::simulation_seeds, &UTNT_TEST_NAME(simulation_run_)); \
  static void UTNT_TEST_NAME(simulation_body_)([[maybe_unused]] const std::string& scenario,                         \
                                               [[maybe_unused]] std::uint64_t seed)
