// SPDX-License-Identifier: BSD-2-Clause
// The path that every command takes: engine, records, assembler, sink, over an emulated network in virtual time.
#include "apps/utnt/session.hpp"

#include <gtest/gtest.h>

#include "apps/utnt/command.hpp"
#include "apps/utnt/demo_story.hpp"
#include "apps/utnt/emulated_network.hpp"

namespace utnt::apps {
namespace {

class Collector : public results::ResultSink {
 public:
  void run(const results::RunInfo& info) override { runs.push_back(info); }
  void trace(const results::TraceResult& result) override { traces.push_back(result); }
  void ping(const results::PingResult& result) override { pings.push_back(result); }
  void tunnel(const results::TunnelResult& result) override { tunnels.push_back(result); }
  void summary(const results::Summary& result) override { summaries.push_back(result); }
  std::vector<results::RunInfo> runs;
  std::vector<results::TraceResult> traces;
  std::vector<results::PingResult> pings;
  std::vector<results::TunnelResult> tunnels;
  std::vector<results::Summary> summaries;
};

core::EngineConfig small_config(const wire::IpAddress& source) {
  core::EngineConfig config;
  config.source = source;
  config.seed = engine_seed(1);
  config.traces_max = 4;
  config.addresses_max = 1024;
  config.tunnels_max = 256;
  return config;
}

NextTarget each_of(std::vector<wire::IpAddress> addresses) {
  return [addresses = std::move(addresses), at = std::size_t{0}]() mutable -> std::optional<core::TraceRequest> {
    if (at == addresses.size()) return std::nullopt;
    return core::TraceRequest{.destination = addresses[at++]};
  };
}

TEST(Session, hands_out_run_trace_pings_tunnel_and_summary_of_one_destination) {
  const auto network = open_emulated_network("php", 1);
  lab::VirtualLink link{*network};
  Collector sink;
  std::vector<std::uint32_t> done;
  Session session{
      small_config(link.source()), sink, {.on_done = [&](const core::TraceEnd& end) { done.push_back(end.user_id); }}};
  session.begin({.host = "php", .destinations = 1, .has_wall_clock = false}, link.now());
  session.run(link, each_of(network->info().destinations));
  session.finish(false, link.now());
  ASSERT_EQ(sink.runs.size(), 1U);
  EXPECT_EQ(sink.runs[0].source, link.source());
  ASSERT_EQ(sink.traces.size(), 1U);
  EXPECT_EQ(sink.traces[0].stop, report::StopReason::completed);
  ASSERT_EQ(sink.tunnels.size(), 1U);
  EXPECT_EQ(sink.tunnels[0].tunnel.tunnel_class, report::TunnelClass::invisible_php);
  EXPECT_EQ(sink.tunnels[0].tunnel.lsrs.size(), 3U);
  EXPECT_EQ(sink.pings.size(), 8U) << "eight routers and hosts answer on this line, each is pinged once";
  ASSERT_EQ(sink.summaries.size(), 1U);
  EXPECT_EQ(sink.summaries[0].traces, 1U);
  EXPECT_EQ(sink.summaries[0].traces_incomplete, 0U);
  EXPECT_EQ(done, std::vector<std::uint32_t>{1});
}

TEST(Session, never_probes_what_is_blocked) {
  const auto network = open_emulated_network("php", 1);
  lab::VirtualLink link{*network};
  Collector sink;
  auto config = small_config(link.source());
  config.blocked = [](const void*, const wire::IpAddress& address) {
    return address == wire::IpAddress{wire::Ipv4Address{20, 0, 6, 2}};
  };
  Session session{config, sink};
  session.begin({.has_wall_clock = false}, link.now());
  session.run(link, each_of(network->info().destinations));
  session.finish(false, link.now());
  const wire::IpAddress blocked = wire::Ipv4Address{20, 0, 6, 2};
  for (const auto& ping : sink.pings) EXPECT_NE(ping.address, blocked);
  for (const auto& path : sink.traces.at(0).paths) EXPECT_NE(path.destination, blocked);
}

TEST(Session, that_is_stopped_ends_every_open_trace_and_calls_none_of_them_done) {
  const auto network = open_emulated_network("php", 1);
  bool stop = false;
  lab::VirtualLink link{*network, [&stop] { return stop; }};
  Collector sink;
  int done = 0;
  Session session{small_config(link.source()),
                  sink,
                  {.on_done = [&](const core::TraceEnd&) { ++done; },
                   .on_tick = [&](const core::Counters& counters, Instant) { stop = counters.replies >= 3; }}};
  session.begin({.has_wall_clock = false}, link.now());
  session.run(link, each_of(network->info().destinations));
  session.finish(true, link.now());
  EXPECT_EQ(done, 0);
  ASSERT_EQ(sink.traces.size(), 1U);
  EXPECT_EQ(sink.traces[0].stop, report::StopReason::halted);
  ASSERT_EQ(sink.summaries.size(), 1U);
  EXPECT_TRUE(sink.summaries[0].interrupted);
}

TEST(Session, names_the_field_of_a_configuration_that_is_out_of_range) {
  Collector sink;
  auto config = small_config(wire::Ipv4Address{20, 0, 0, 1});
  config.first_ttl = 0;
  try {
    const Session session{config, sink};
    FAIL() << "no error";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::bad_input);
    EXPECT_NE(std::string{failure.what()}.find("first_ttl"), std::string::npos);
  }
}

TEST(DemoStory, every_story_shows_a_true_tunnel_and_finds_its_class) {
  for (const auto& name : demo_stories()) {
    const auto story = tell_story(name);
    ASSERT_EQ(story.truth.tunnels.size(), 1U) << name;
    EXPECT_EQ(story.trace.tunnels.size(), 1U) << name;
    EXPECT_NE(render(story, 1, 5, false).find("What is true:"), std::string::npos);
    EXPECT_EQ(render(story, 1, 5, false).find('\x1b'), std::string::npos) << "colours only when asked for";
  }
}

TEST(DemoStory, the_truth_says_that_all_five_are_right) {
  for (const auto& name : demo_stories()) EXPECT_TRUE(tell_story(name).is_right) << name;
}

}  // namespace
}  // namespace utnt::apps
