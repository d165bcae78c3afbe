// SPDX-License-Identifier: BSD-2-Clause
// What follows from the options of `utnt trace`: contradictions, the engine's configuration, what a checkpoint binds.
#include "apps/utnt/trace_options.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "apps/utnt/command.hpp"

namespace utnt::apps {
namespace {

TraceOptions parsed(const std::string& arguments) {
  CLI::App app;
  TraceOptions options;
  add_trace_options(app, options);
  app.parse(arguments);
  return options;
}

bool is_refused(const std::string& arguments) {
  const auto options = parsed(arguments);
  try {
    check_trace_options(options);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::bad_input);
    return true;
  }
  return false;
}

core::EngineConfig config_of(const std::string& arguments, std::uint64_t destinations = 10) {
  auto config = engine_config(parsed(arguments), destinations);
  config.source = wire::Ipv4Address{20, 0, 1, 1};
  return config;
}

TEST(TraceOptions, defaults_are_the_polite_ones_of_the_engine) {
  const auto config = config_of("20.0.0.1");
  const core::EngineConfig engine;
  EXPECT_EQ(config.rate_pps_max, 100U);
  EXPECT_EQ(config.prefix_pps_max, 50U);
  EXPECT_EQ(config.near_pps_max, 200U);
  EXPECT_EQ(config.window, engine.window);
  EXPECT_EQ(config.attempts, engine.attempts);
  EXPECT_EQ(config.gap_limit, engine.gap_limit);
  EXPECT_EQ(config.max_ttl, engine.max_ttl);
  EXPECT_EQ(config.timeout_max, engine.timeout_max);
  EXPECT_EQ(config.frpla_min, engine.frpla_min);
  EXPECT_EQ(config.rtla_min, engine.rtla_min);
  EXPECT_EQ(config.pings, engine.pings);
  EXPECT_EQ(core::invalid_field(config), "");
}

TEST(TraceOptions, every_end_of_every_range_gives_a_configuration_that_the_engine_takes) {
  for (const auto* arguments : {"--first-ttl 255",   "--max-ttl 1",       "--gap 255",         "--gap 1",
                                "--attempts 1",      "--attempts 3",      "--timeout 10",      "--timeout 60000",
                                "--probe-window 1",  "--probe-window 32", "--window 1",        "--window 65536",
                                "--pings 1",         "--pings 8",         "--frpla 255",       "--rtla 255",
                                "--burst 1",         "--burst 1024",      "--pps 0",           "--pps 10000000",
                                "--prefix-pps 0",    "--near-pps 0",      "--flow 4294967295", "--address-cache 64",
                                "--tunnel-cache 64", "--rules tnt"}) {
    EXPECT_EQ(core::invalid_field(config_of(arguments)), "") << arguments;
  }
}

TEST(TraceOptions, the_original_rules_probe_one_ttl_at_a_time) {
  EXPECT_EQ(config_of("20.0.0.1 --rules tnt").window, 1);
  EXPECT_FALSE(is_refused("20.0.0.1 --rules tnt --probe-window 1 --gap 5 --timeout 1000"));
  EXPECT_TRUE(is_refused("20.0.0.1 --rules tnt --probe-window 8"));
}

TEST(TraceOptions, what_the_original_lets_its_user_choose_stays_open) {
  EXPECT_FALSE(
      is_refused("20.0.0.1 --rules tnt --method udp-paris --first-ttl 3 --frpla 2 --rtla 2 --pings 2 --brute-force"));
  EXPECT_FALSE(is_refused("20.0.0.1 --rules tnt --pps 5000 --prefix-pps 0 --near-pps 0"));
}

TEST(TraceOptions, memory_follows_the_list_and_has_an_end) {
  EXPECT_EQ(config_of("", 1).traces_max, 1U);
  EXPECT_EQ(config_of("", 500).traces_max, 500U);
  EXPECT_EQ(config_of("--window 50", 500).traces_max, 50U);
  EXPECT_EQ(config_of("", 50'000'000).traces_max, 1000U);
  EXPECT_EQ(config_of("", 50'000'000).addresses_max, 1'000'000U);
  EXPECT_LT(core::Engine::bytes_needed(config_of("", 1)), std::size_t{8} << 20);
}

TEST(TraceOptions, the_format_follows_the_name_unless_it_is_given) {
  EXPECT_EQ(output_format(parsed("")), OutputFormat::text);
  EXPECT_EQ(output_format(parsed("-o a.jsonl")), OutputFormat::jsonl);
  EXPECT_EQ(output_format(parsed("-o a.warts")), OutputFormat::warts);
  EXPECT_EQ(output_format(parsed("-o a.txt")), OutputFormat::text);
  EXPECT_EQ(output_format(parsed("-o results")), OutputFormat::jsonl);
  EXPECT_EQ(output_format(parsed("-o a.txt --format jsonl")), OutputFormat::jsonl);
}

TEST(TraceOptions, an_attribution_must_be_a_uri) {
  EXPECT_FALSE(is_refused("20.0.0.1 --attribution https://example.net/probing.txt"));
  EXPECT_FALSE(is_refused("20.0.0.1 --attribution mailto:noc@example.net"));
  EXPECT_TRUE(is_refused("20.0.0.1 --attribution example"));
  EXPECT_TRUE(is_refused("20.0.0.1 --attribution :x"));
  EXPECT_TRUE(is_refused("20.0.0.1 --attribution https://" + std::string(300, 'a')));
}

TEST(TraceOptions, a_checkpoint_is_bound_to_what_shapes_the_results) {
  const auto hash = [](const std::string& arguments) { return config_hash(parsed(arguments), 1); };
  const auto base = hash("-o out");
  for (const auto* other : {"-o other",
                            "-o out --rules tnt",
                            "-o out --method udp-paris",
                            "-o out --flow 1",
                            "-o out --first-ttl 2",
                            "-o out --max-ttl 9",
                            "-o out --gap 6",
                            "-o out --attempts 2",
                            "-o out --timeout 900",
                            "-o out --pings 2",
                            "-o out --frpla 2",
                            "-o out --rtla 2",
                            "-o out --brute-force",
                            "-o out --doubletree",
                            "-o out --seed 1",
                            "-o out --order input",
                            "-o out --format text",
                            "-o out --allow-reserved",
                            "-o out --attribution a:b",
                            "-o out --emulate php",
                            "-o out --source 20.0.0.9",
                            "-o out --probe-window 4"}) {
    EXPECT_NE(hash(other), base) << other;
  }
  EXPECT_NE(config_hash(parsed("-o out"), 2), base) << "another list";
}

TEST(TraceOptions, a_checkpoint_is_not_bound_to_pace_and_chatter) {
  const auto hash = [](const std::string& arguments) { return config_hash(parsed(arguments), 1); };
  EXPECT_EQ(hash("-o out --pps 7 --burst 2 --window 3 --quiet --json"), hash("-o out"));
}

}  // namespace
}  // namespace utnt::apps
