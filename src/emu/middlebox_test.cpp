// SPDX-License-Identifier: BSD-2-Clause
// Boxes in the path: translation, filters, rewriting. R2 of the short line is the box.
#include "emu/middlebox.hpp"

#include <gtest/gtest.h>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

const wire::IpAddress d3 = address("20.0.4.2");
const wire::IpAddress outside = address("40.0.0.1");

std::string nat(std::string_view more) {
  return std::string{
      "[node.R2]\nowns = \"40.0.0.0/24\"\n[[node.R2.middlebox.nat]]\noutside = \"40.0.0.1\"\ninside = \"20.0.4.2\"\n"}
      .append(more);
}

bool icmp_sound(const Seen& seen) { return wire::ones_sum(ConstBytes{seen.bytes}.subspan(20)) == 0xffff; }

wire::IpAddress quoted_destination(const Seen& seen) {
  return wire::Ipv4View::parse_quoted(ConstBytes{seen.bytes}.subspan(28))->destination();
}

TEST(Middlebox, TranslationHidesTheInsideButNotInQuotes) {
  const auto network = load(short_line(nat("")));
  TestProber prober{*network};
  const auto pong = prober.ping(outside);
  ASSERT_TRUE(pong.has_value());
  EXPECT_EQ(pong->source, outside);
  const auto behind = prober.ask(prober.echo(outside, 3));
  ASSERT_TRUE(behind.has_value());
  EXPECT_EQ(text_of(behind->source), "20.0.3.2");
  EXPECT_EQ(quoted_destination(*behind), d3);
}

TEST(Middlebox, ACarefulTranslatorRepairsQuotes) {
  const auto network = load(short_line(nat("fix_quotes = true\n")));
  TestProber prober{*network};
  const auto behind = prober.ask(prober.echo(outside, 3));
  ASSERT_TRUE(behind.has_value());
  EXPECT_EQ(quoted_destination(*behind), outside);
  EXPECT_TRUE(icmp_sound(*behind));
}

TEST(Middlebox, TranslationKeepsTheUdpChecksumRight) {
  const auto network = load(short_line(nat("")));
  TestProber prober{*network};
  const auto seen = prober.ask(prober.udp(outside, 9));  // D answers sound datagrams only
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->source, outside);
  EXPECT_EQ(seen->code, 3);
}

TEST(Middlebox, TtlsCanBeSetOrRaised) {
  const auto raised = load(short_line("[node.R2.middlebox]\nttl_add = 5\n"));
  TestProber one{*raised};
  EXPECT_EQ(one.ask(one.echo(d3, 3))->type, 0);  // would have expired at R3
  const auto set = load(short_line("[node.R2.middlebox]\nttl_set = 1\n"));
  TestProber two{*set};
  EXPECT_EQ(text_of(two.ask(two.echo(d3, 60))->source), "20.0.3.2");
  const auto replies = load(short_line("[node.R2.middlebox]\nttl_set = 64\nttl_forward = false\nttl_replies = true\n"));
  TestProber three{*replies};
  EXPECT_EQ(three.ask(three.echo(d3, 3))->ttl, 63);  // set at R2, less one for R1
}

TEST(Middlebox, ExtensionsCanBeCutOff) {
  const auto network = load(line_of_three("", "[node.CE1.middlebox]\nstrip_extensions = true\n"));
  TestProber prober{*network};
  const auto seen = prober.ask(prober.echo(address("20.0.8.2"), 4));
  ASSERT_TRUE(seen.has_value());
  EXPECT_TRUE(seen->labels.empty());
  EXPECT_EQ(seen->quoted_ttl, 2);
  EXPECT_TRUE(icmp_sound(*seen));
}

TEST(Middlebox, UdpChecksumsCanBeRewritten) {
  const auto network = load(short_line("[node.R2.middlebox]\nrewrite_udp_checksum = true\n"));
  TestProber prober{*network};
  const auto before = prober.ask(prober.udp(d3, 1));
  EXPECT_NE(load_be16(before->bytes, 28 + 26), 0);
  const auto behind = prober.ask(prober.udp(d3, 3));
  EXPECT_EQ(load_be16(behind->bytes, 28 + 26), 0);
}

TEST(Middlebox, FiltersDropWhatTheyName) {
  const auto echo = load(short_line("[node.R2.middlebox]\nblock_echo = true\n"));
  TestProber one{*echo};
  EXPECT_FALSE(one.ask(one.echo(d3, 3)).has_value());
  EXPECT_TRUE(one.ask(one.udp(d3, 3)).has_value());
  const auto udp = load(short_line("[node.R2.middlebox]\nblock_udp = true\n"));
  TestProber two{*udp};
  EXPECT_FALSE(two.ask(two.udp(d3, 3)).has_value());
  EXPECT_TRUE(two.ask(two.echo(d3, 3)).has_value());
  const auto errors = load(short_line("[node.R2.middlebox]\nblock_errors = true\n"));
  TestProber three{*errors};
  EXPECT_FALSE(three.ask(three.echo(d3, 3)).has_value());
  EXPECT_TRUE(three.ask(three.echo(d3, 9)).has_value());
}

TEST(Middlebox, AFirewallAnswersForTheDestination) {
  struct Case {
    const char* answer;
    int type, code;
    const char* source;
  };
  for (const auto& c : {Case{"port_unreachable", 3, 3, "20.0.4.2"}, Case{"admin_prohibited", 3, 13, "20.0.2.2"},
                        Case{"host_unreachable", 3, 1, "20.0.2.2"}, Case{"time_exceeded", 11, 0, "20.0.4.2"},
                        Case{"echo_reply", 0, 0, "20.0.4.2"}}) {
    const auto network = load(short_line(
        std::string{"[[node.R2.middlebox.firewall]]\nto = \"20.0.4.0/30\"\nanswer = \""}.append(c.answer).append(
            "\"\n")));
    TestProber prober{*network};
    const auto seen = prober.ask(prober.echo(d3, 9));
    ASSERT_TRUE(seen.has_value()) << c.answer;
    EXPECT_EQ(seen->type, c.type) << c.answer;
    EXPECT_EQ(seen->code, c.code) << c.answer;
    EXPECT_EQ(text_of(seen->source), c.source) << c.answer;
    EXPECT_EQ(seen->ttl, 254) << c.answer;  // from R2, not from D
  }
  const auto wall = load(short_line("[[node.R2.middlebox.firewall]]\nto = \"20.0.4.2\"\nanswer = \"drop\"\n"));
  TestProber prober{*wall};
  EXPECT_FALSE(prober.ask(prober.echo(d3, 9)).has_value());
  EXPECT_FALSE(wall->truth(d3).reachable);
}

}  // namespace
}  // namespace utnt::emu
