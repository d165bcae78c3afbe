// SPDX-License-Identifier: BSD-2-Clause
// Answers: who gives them, from which address, with which bytes, and when none is due.
#include <gtest/gtest.h>

#include <set>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

const wire::IpAddress d3 = address("20.0.4.2");  // D of the short line
const wire::IpAddress d8 = address("20.0.8.2");  // D of the line of three
constexpr std::size_t message_at = 20, quote_at = 28;

std::optional<Seen> ask_short(std::string_view more, std::uint8_t ttl, bool udp = false) {
  const auto network = load(short_line(more));
  TestProber prober{*network};
  return prober.ask(udp ? prober.udp(d3, ttl) : prober.echo(d3, ttl));
}

TEST(Answers, ATimeExceededQuotesTheProbeAsReceived) {
  const auto network = load(short_line());
  TestProber prober{*network};
  const auto probe = prober.echo(d3, 2);
  const auto seen = prober.ask(probe);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->type, 11);
  EXPECT_EQ(seen->code, 0);
  EXPECT_EQ(seen->bytes.size(), quote_at + 28);
  EXPECT_EQ(load_u8(seen->bytes, 1), 0xc0);
  EXPECT_EQ(seen->quoted_ttl, 1);
  const ConstBytes quoted = ConstBytes{seen->bytes}.subspan(quote_at);
  EXPECT_TRUE(wire::Ipv4View::parse_quoted(quoted)->checksum_ok());
  for (std::size_t i = 0; i < 28; ++i) {
    if (i == 8 || i == 10 || i == 11) continue;  // TTL and header checksum
    EXPECT_EQ(quoted[i], probe[i]) << i;
  }
}

TEST(Answers, AnEchoReplyCopiesIdentifierSequenceAndData) {
  const auto network = load(short_line());
  TestProber prober{*network};
  const auto probe = prober.echo(d3, 9);
  const auto seen = prober.ask(probe);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->type, 0);
  EXPECT_EQ(seen->source, d3);
  EXPECT_EQ(seen->bytes.size(), probe.size());
  for (std::size_t i = message_at + 4; i < probe.size(); ++i) EXPECT_EQ(seen->bytes[i], probe[i]);
}

TEST(Answers, AClosedPortIsUnreachable) {
  const auto seen = ask_short("", 9, true);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->type, 3);
  EXPECT_EQ(seen->code, 3);
  EXPECT_EQ(seen->source, d3);
  EXPECT_EQ(seen->ttl, 61);
}

TEST(Answers, SilentRoutersForwardAllTheSame) {
  EXPECT_FALSE(ask_short("[node.R2]\nanswers_te = \"no\"\n", 2).has_value());
  EXPECT_TRUE(ask_short("[node.R2]\nanswers_te = \"no\"\n", 3).has_value());
  EXPECT_FALSE(ask_short("[node.D]\nanswers_er = \"no\"\n", 4).has_value());
  EXPECT_TRUE(ask_short("[node.D]\nanswers_er = \"no\"\n", 4, true).has_value());
  EXPECT_FALSE(ask_short("[node.D]\nanswers_du = \"no\"\n", 4, true).has_value());
}

TEST(Answers, OnlyFromAnswersItsListOfSources) {
  EXPECT_FALSE(ask_short("[node.R2]\nanswers_te = \"only_from\"\nonly_from = \"30.0.0.0/8\"\n", 2).has_value());
  EXPECT_TRUE(ask_short("[node.R2]\nanswers_te = \"only_from\"\nonly_from = \"20.0.1.0/24\"\n", 2).has_value());
}

TEST(Answers, TheSourceOfAnErrorFollowsThePolicy) {
  const auto source = [](std::string_view knob) {
    return text_of(ask_short(std::string{"[node.R2]\n"}.append(knob), 2)->source);
  };
  EXPECT_EQ(source(""), "20.0.2.2");
  EXPECT_EQ(source("icmp_src = \"loopback\"\nloopback = \"30.1.1.1\"\n"), "30.1.1.1");
  EXPECT_EQ(source("fixed_source = \"30.2.2.2\"\n"), "30.2.2.2");
  EXPECT_EQ(source("icmp_src = \"outgoing_to_source\"\n"), "20.0.2.2");
}

TEST(Answers, TheOutgoingInterfaceIsTheOneOfTheWayBack) {
  // The way back from R2 leaves by the branch over A.
  const auto network = load(
      short_line("[[branch]]\npath = [\"R2\", \"A\", \"R1\"]\n[link.\"R2-A\"]\ncost = 9\n"
                 "[node.R2]\nicmp_src = \"outgoing_to_source\"\n[[route]]\nat = \"R2\"\nto = \"VP\"\nvia = \"A\"\n"));
  TestProber prober{*network};
  const auto seen = prober.ask(prober.echo(d3, 2));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(text_of(seen->source), "20.0.5.1");
  EXPECT_EQ(seen->ttl, 253);
}

TEST(Answers, AThirdPartyAddressCanDependOnTheDestination) {
  const auto network = load(
      short_line("[node.R2]\nloopback = \"30.1.1.1\"\nthird_party_to = \"20.0.3.2\"\nthird_party = \"loopback\"\n"));
  TestProber prober{*network};
  EXPECT_EQ(text_of(prober.ask(prober.echo(d3, 2))->source), "20.0.2.2");
  EXPECT_EQ(text_of(prober.ask(prober.echo(address("20.0.3.2"), 2))->source), "30.1.1.1");
}

TEST(Answers, PortUnreachableShowsTheFaceThatThePolicyNames) {
  const auto source = [](std::string_view knob) {
    const auto network = load(short_line(std::string{"[node.R2]\nloopback = \"30.1.1.1\"\n"}.append(knob)));
    TestProber prober{*network};
    return text_of(prober.ask(prober.udp(address("20.0.3.1"), 9))->source);
  };
  EXPECT_EQ(source(""), "20.0.2.2");
  EXPECT_EQ(source("du_src = \"destination\"\n"), "20.0.3.1");
  EXPECT_EQ(source("du_src = \"loopback\"\n"), "30.1.1.1");
}

TEST(Answers, AnEchoReplyMayComeFromAnotherFace) {
  const auto source = [](std::string_view knob) {
    const auto network = load(short_line(std::string{"[node.R2]\nloopback = \"30.1.1.1\"\n"}.append(knob)));
    TestProber prober{*network};
    return text_of(prober.ping(address("20.0.3.1"))->source);
  };
  EXPECT_EQ(source(""), "20.0.3.1");
  EXPECT_EQ(source("er_src = \"incoming\"\n"), "20.0.2.2");
  EXPECT_EQ(source("er_src = \"loopback\"\n"), "30.1.1.1");
}

TEST(Answers, ARateLimitLetsTheBurstThroughAndRecovers) {
  const auto network = load(short_line("[node.R2.te_rate]\nper_second = 2\nburst = 3\n"));
  TestProber prober{*network};
  const auto burst = [&] {
    for (int i = 0; i < 10; ++i) network->send(prober.echo(d3, 2), prober.now_);
    prober.now_ = prober.now_ + 1_s;
    return prober.collect().size();
  };
  EXPECT_EQ(burst(), 3U);
  EXPECT_EQ(burst(), 2U);
  prober.now_ = prober.now_ + 10_s;
  EXPECT_EQ(burst(), 3U);
  EXPECT_EQ(network->counters().rate_limited, 22U);
}

TEST(Answers, TheSlowPathQueuesAnswers) {
  const auto network = load(short_line("[node.R1]\nslow_path_us = 10000\nresponse_us = 0\n"));
  TestProber prober{*network};
  for (int i = 0; i < 3; ++i) network->send(prober.echo(d3, 1), prober.now_);
  prober.now_ = prober.now_ + 1_s;
  const auto seen = prober.collect();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ((seen[1].at - seen[0].at).ns(), (10_ms).ns());
  EXPECT_EQ((seen[2].at - seen[1].at).ns(), (10_ms).ns());
}

TEST(Answers, IpIdsCountPerRouterOrPerInterface) {
  const auto network = load(short_line());
  TestProber prober{*network};
  const auto first = prober.ask(prober.echo(d3, 1))->ip_id;
  EXPECT_EQ(prober.ask(prober.echo(d3, 1))->ip_id, static_cast<std::uint16_t>(first + 1));
  EXPECT_EQ(prober.ping(address("20.0.2.1"))->ip_id, static_cast<std::uint16_t>(first + 2));
  EXPECT_EQ(ask_short("[node.R1]\nip_id = \"zero\"\n", 1)->ip_id, 0);
}

TEST(Answers, NoErrorAnswersAnErrorAFragmentOrAMulticast) {
  const auto network = load(short_line());
  TestProber prober{*network};
  auto error = prober.echo(d3, 2);
  error[message_at] = std::byte{11};
  wire::seal_icmpv4(MutableBytes{error}.subspan(message_at));
  EXPECT_FALSE(prober.ask(error).has_value());
  auto fragment = prober.echo(d3, 2);
  store_be16(fragment, 6, 0x0010);
  store_be16(fragment, 10, 0);
  store_be16(fragment, 10, wire::internet_checksum(ConstBytes{fragment}.first(20)));
  EXPECT_FALSE(prober.ask(fragment).has_value());
  EXPECT_FALSE(prober.ask(prober.echo(address("224.0.0.5"), 2)).has_value());
}

TEST(Answers, ADamagedEchoRequestIsIgnored) {
  const auto network = load(short_line());
  TestProber prober{*network};
  auto probe = prober.echo(d3, 9);
  probe[40] ^= std::byte{0x10};
  EXPECT_FALSE(prober.ask(probe).has_value());
  auto datagram = prober.udp(d3, 9);
  datagram[40] ^= std::byte{0x10};
  EXPECT_FALSE(prober.ask(datagram).has_value());
}

TEST(Answers, AResetAnswersTcpWhereItIsSwitchedOn) {
  const auto network = load(short_line("[node.D]\nanswers_reset = true\n"));
  TestProber prober{*network};
  std::vector<std::byte> syn(40);
  store_be16(syn, 20, 1234);
  store_be16(syn, 22, 80);
  store_be32(syn, 24, 1000);
  store_u8(syn, 33, 0x02);
  wire::write_ipv4_header(syn, {.total_length = 40,
                                .ttl = Ttl{64},
                                .protocol = 6,
                                .source = network->vantage_point().v4(),
                                .destination = d3.v4()});
  const auto seen = prober.ask(syn);
  ASSERT_TRUE(seen.has_value());
  const ConstBytes tcp = ConstBytes{seen->bytes}.subspan(20);
  EXPECT_EQ(load_be16(tcp, 0), 80);
  EXPECT_EQ(load_be32(tcp, 8), 1001U);
  EXPECT_EQ(load_u8(tcp, 13), 0x14);
  EXPECT_EQ(wire::ones_sum(tcp, wire::pseudo_header_sum(d3, network->vantage_point(), 6, 20)), 0xffff);
}

TEST(Answers, ARouterWithoutARouteMaySaySo) {
  const auto silent = load(short_line());
  TestProber nothing{*silent};
  EXPECT_FALSE(nothing.ask(nothing.echo(address("99.9.9.9"), 9)).has_value());
  EXPECT_EQ(silent->counters().no_route, 1U);
  const auto network =
      load(short_line("[node.R1]\nowns = \"99.0.0.0/24\"\n[node.R2]\nno_route = \"host_unreachable\"\n"));
  TestProber prober{*network};
  const auto seen = prober.ask(prober.echo(address("20.0.3.0"), 9));  // nobody on that link
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->type, 3);
  EXPECT_EQ(seen->code, 1);
  EXPECT_EQ(text_of(seen->source), "20.0.2.2");
}

// The extension: layout and its variants.

Seen labelled_answer(std::string_view knobs) {
  const auto network = load(line_of_three(knobs));
  TestProber prober{*network};
  auto seen = prober.ask(prober.echo(d8, 4));
  EXPECT_TRUE(seen.has_value());
  return *seen;
}

TEST(Extension, StandsBehind128QuotedBytesWithItsLengthInWords) {
  const auto seen = labelled_answer("");
  EXPECT_EQ(seen.bytes.size(), quote_at + 128 + 4 + 8);
  EXPECT_EQ(load_u8(seen.bytes, message_at + 5), 32);
  const ConstBytes extension = ConstBytes{seen.bytes}.subspan(quote_at + 128);
  EXPECT_EQ(load_u8(extension, 0), 0x20);
  EXPECT_EQ(wire::internet_checksum(extension), 0);
  EXPECT_EQ(load_be16(extension, 4), 8);
  EXPECT_EQ(load_be16(extension, 6), 0x0101);
  EXPECT_EQ(load_be32(extension, 8), 24012U << 12 | 1U << 8 | 1U);
  for (std::size_t i = 44; i < 128; ++i) EXPECT_EQ(seen.bytes[quote_at + i], std::byte{0});
}

TEST(Extension, HasTheVariantsOfRealSenders) {
  EXPECT_EQ(load_u8(labelled_answer("extension_length = \"zero\"").bytes, message_at + 5), 0);
  EXPECT_EQ(load_be16(labelled_answer("extension_checksum = \"zero\"").bytes, quote_at + 130), 0);
  const auto wrong = labelled_answer("extension_checksum = \"wrong\"");
  EXPECT_NE(wire::internet_checksum(ConstBytes{wrong.bytes}.subspan(quote_at + 128)), 0);
  EXPECT_TRUE(wrong.labels.empty());
  EXPECT_EQ(load_u8(labelled_answer("extension_version_swapped = true").bytes, quote_at + 128), 0x02);
  EXPECT_EQ(labelled_answer("rfc4950 = \"on_quote_ttl255\"").labels.front().second, 255);
  EXPECT_EQ(labelled_answer("rfc4950 = \"on_quote_ttl0\"").labels.front().second, 0);
  EXPECT_EQ(labelled_answer("rfc4950 = \"off\"").bytes.size(), quote_at + 28);
}

TEST(Extension, SecondObjectNamesTheInterface) {
  const auto seen = labelled_answer("multi_object = true");
  ASSERT_EQ(seen.labels.size(), 1U);
  const auto ip = wire::Ipv4View::parse(ConstBytes{seen.bytes});
  auto body = wire::Icmpv4View::parse(ip->payload())->error_body();
  (void)body.objects.next();
  const auto second = body.objects.next();
  ASSERT_TRUE(second.has_value());
  const auto info = wire::parse_interface_info(*second);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(text_of(info->address), "20.0.4.2");
  EXPECT_EQ(info->mtu, 1500U);
}

TEST(Extension, QuoteLengthsAreThoseOfTheKnob) {
  const auto plain = [](std::string_view knob) {
    const auto network = load(short_line(std::string{"[defaults]\n"}.append(knob)));
    TestProber prober{*network};
    std::vector<std::byte> probe(700);
    wire::write_echo(MutableBytes{probe}.subspan(20), {.identifier = 1});
    wire::write_ipv4_header(probe, {.total_length = 700,
                                    .ttl = Ttl{1},
                                    .protocol = 1,
                                    .source = network->vantage_point().v4(),
                                    .destination = d3.v4()});
    return prober.ask(probe)->bytes.size() - quote_at;
  };
  EXPECT_EQ(plain(""), 28U);
  EXPECT_EQ(plain("quote_len = \"128\""), 128U);
  EXPECT_EQ(plain("quote_len = \"full\""), 548U);
}

TEST(Extension, QuotedTtlCanBeRewritten) {
  EXPECT_EQ(labelled_answer("").quoted_ttl, 2);
  EXPECT_EQ(labelled_answer("qttl_quote = \"rewritten_1\"").quoted_ttl, 1);
  EXPECT_EQ(labelled_answer("qttl_quote = \"zero\"").quoted_ttl, 0);
}

TEST(Extension, DetourCanDependOnTheDepthOfTheStack) {
  // P2 of three: by the tunnel 248, directly 252.
  EXPECT_EQ(labelled_answer("").ttl, 248);
  EXPECT_EQ(labelled_answer("te_route = \"ip_route\"").ttl, 252);
  EXPECT_EQ(labelled_answer("profile = \"HPE\"").ttl, 252);
  EXPECT_EQ(labelled_answer("profile = \"HPE\"\nservice_label = true").ttl, 248);
}

}  // namespace
}  // namespace utnt::emu
