// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "core/engine_run_test.hpp"
#include "core/probe/flow_fields.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::host;
using test::run;

TEST(CampaignReceive, KeepsAReplyWithARewrittenQuoteButNeverUsesIt) {
  const auto outcome = run(config_for(RuleSet::utnt), {.routers = 3, .rewrites_quotes = true}, {host});
  for (const auto& verdict : outcome.all<Verdict>()) {
    EXPECT_TRUE(verdict.address.is_none() || verdict.address == host) << int{verdict.probe_ttl};
  }
  unsigned nat = 0;
  for (const auto& reply : outcome.all<Reply>()) nat += reply.flags.has(ReplyFlag::nat) ? 1 : 0;
  EXPECT_GE(nat, 3U);
  EXPECT_EQ(outcome.counters.replies_nat, nat);
}

/// Packets of somebody who knows the destination, the code and the TTLs in flight, but not the seed.
class Forger {
 public:
  explicit Forger(std::uint64_t seed) : prng_{seed} {}

  wire::Packet time_exceeded(Method method) {
    const auto quoted = std::span{bytes_}.subspan(28);
    const auto transport = quoted.subspan(20);
    if (method == Method::icmp_paris) {
      store_u8(transport, 0, wire::icmp4::echo_request);
      store_u8(transport, 1, 0);
      store_be16(transport, 2, random16());
      store_be16(transport, 4, random16());
      store_be16(transport, 6, make_token(static_cast<std::uint8_t>(1 + prng_.below(5)), 0));
    } else {
      store_be16(transport, 0, static_cast<std::uint16_t>(0x8000U | random16()));
      store_be16(transport, 2, udp_port_base);
      store_be16(transport, 4, 24);
      store_be16(transport, 6, random16());
    }
    wire::write_ipv4_header(quoted,
                            {.total_length = 44,
                             .id = random16(),
                             .ttl = Ttl{1},
                             .protocol = method == Method::icmp_paris ? wire::protocol::icmp : wire::protocol::udp,
                             .source = wire::Ipv4Address{20, 0, 1, 1},
                             .destination = host.v4()});
    store_u8(bytes_, 20, wire::icmp4::time_exceeded);
    return finish();
  }
  wire::Packet echo_reply() {
    const auto message = std::span{bytes_}.subspan(20);
    for (std::size_t i = 8; i < message.size(); ++i) message[i] = static_cast<std::byte>(i < 10 ? prng_.next() : 0);
    wire::write_echo(message, {.type = wire::icmp4::echo_reply,
                               .identifier = random16(),
                               .sequence = make_token(static_cast<std::uint8_t>(1 + prng_.below(5)), 0)});
    return finish();
  }

 private:
  std::uint16_t random16() { return static_cast<std::uint16_t>(prng_.next()); }
  wire::Packet finish() {
    if (load_u8(bytes_, 20) == wire::icmp4::time_exceeded) wire::seal_icmpv4(std::span{bytes_}.subspan(20));
    wire::write_ipv4_header(bytes_, {.total_length = 56,
                                     .ttl = Ttl{200},
                                     .protocol = wire::protocol::icmp,
                                     .source = host.v4(),
                                     .destination = wire::Ipv4Address{20, 0, 1, 1}});
    return bytes_;
  }
  std::array<std::byte, 56> bytes_{};
  Prng prng_;
};

/// Ten million forgeries in all: with k = 26 unpredictable bits, the weakest of the three kinds, one is accepted with a
/// probability of five in a hundred; with 20 bits ten would be.
class Forgery : public ::testing::TestWithParam<Method> {};

TEST_P(Forgery, FindsNoGapInFiveMillionTries) {
  auto config = config_for(RuleSet::utnt);
  config.method = GetParam();
  config.seed[3] = std::byte{0x5a};
  std::vector<std::byte> raw(Engine::bytes_needed(config) + Arena::alignment);
  auto* start = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(raw.data()) + 63) / 64 * 64);
  auto engine = Engine::create(config, {start, Engine::bytes_needed(config)});
  ASSERT_TRUE(engine.has_value());
  ASSERT_TRUE(engine->start({.destination = host}, Instant{}).has_value());
  std::array<std::byte, wire::packet_bytes_max> out{};
  while (engine->poll_transmit(out, Instant{})) {
  }
  while (engine->poll_event()) {
  }
  Forger forger{GetParam() == Method::icmp_paris ? 11U : 12U};
  constexpr int errors = 3'500'000, echoes = 1'500'000;
  for (int i = 0; i < errors; ++i) engine->handle_packet({forger.time_exceeded(GetParam()), Instant{}}, Instant{});
  for (int i = 0; i < echoes; ++i) engine->handle_packet({forger.echo_reply(), Instant{}}, Instant{});
  const auto& counters = engine->counters();
  EXPECT_EQ(counters.replies, 0U);
  EXPECT_EQ(counters.packets_received, static_cast<std::uint64_t>(errors + echoes));
  EXPECT_EQ(counters.packets_forged + counters.packets_stray, static_cast<std::uint64_t>(errors + echoes));
  EXPECT_GT(counters.packets_forged, 0U) << "some must have hit the identifier, or the test proves nothing";
}

INSTANTIATE_TEST_SUITE_P(Methods, Forgery, ::testing::Values(Method::icmp_paris, Method::udp_paris));

}  // namespace
}  // namespace utnt::core
