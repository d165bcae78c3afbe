// SPDX-License-Identifier: BSD-2-Clause
// The text for people: hidden routers stand out, tunnels are explained, nothing from the network steers the terminal.
#include "results/text_writer.hpp"

#include <gtest/gtest.h>

#include "results/address_text.hpp"
#include "results/test_samples.hpp"
#include "results/vendor.hpp"

namespace utnt::results {
namespace {

TEST(TextWriter, ShowsHiddenRoutersBetweenIngressAndEgressAndExplainsTheTunnel) {
  EXPECT_EQ(
      trace_text(samples::php_dpr_example(), {}),
      "trace to 20.0.8.2 from 20.0.1.1 (icmp-paris): completed, 8 hops\n"
      "   1  20.0.1.2             0.500 ms  <255,255>\n"
      "   2  20.0.2.2             1.000 ms  <254,63>   ingress\n"
      "  H1  20.0.3.2             1.500 ms  <253,62>   hidden router, DPR step 1\n"
      "  H2  20.0.4.2             2.000 ms  <252,62>   hidden router, DPR step 1\n"
      "  H3  20.0.5.2             2.500 ms  <251,62>   hidden router, DPR step 1\n"
      "   3  20.0.6.2             3.000 ms  <250,62>   egress\n"
      "   4  20.0.7.2             3.500 ms  <250,250>\n"
      "   5  20.0.8.2             4.000 ms  <60,60>\n"
      "  invisible tunnel (PHP) 20.0.2.2 -> 20.0.6.2: 3 hidden routers revealed (3 by DPR; 1 step); given away by: "
      "its time-exceeded replies come back 3 hops longer than its echo replies (RTLA)\n\n");
}

TEST(TextWriter, CallsASuspectedTunnelSuspectedWithItsEstimatedLength) {
  auto tunnel = samples::php_dpr_example().tunnels[0];
  tunnel.completeness = report::Completeness::suspected;
  tunnel.lsrs.clear();
  tunnel.egress = {};
  const auto text = explain(tunnel);
  EXPECT_NE(text.find("20.0.2.2 -> (not known): suspected, about 3 hidden routers, nothing revealed"),
            std::string::npos)
      << text;
}

TEST(TextWriter, UsesColoursOnlyWhenAsked) {
  const auto trace = samples::php_dpr_example();
  EXPECT_EQ(trace_text(trace, {}).find('\x1b'), std::string::npos);
  EXPECT_NE(trace_text(trace, {.color = true}).find("\x1b[32mhidden router, DPR step 1\x1b[0m"), std::string::npos);
}

TEST(TextWriter, AddsRawFieldsAttemptsAndPathsWhenVerbose) {
  auto trace = samples::php_dpr_example();
  trace.hops[6].attempts = report::Attempts{report::Attempt::frpla} | report::Attempt::target_not_reached;
  const auto text = trace_text(trace, {.verbose = true});
  EXPECT_NE(text.find("IP-ID 1006 ICMP 11/0 56 bytes"), std::string::npos);
  EXPECT_NE(text.find("attempt failed: FRPLA TGT-NR"), std::string::npos);
  EXPECT_NE(text.find("revelation trace step 1 to 20.0.6.2"), std::string::npos);
  EXPECT_EQ(trace_text(trace, {}).find("IP-ID"), std::string::npos);
}

TEST(TextWriter, LetsNoNameFromTheNetworkSteerTheTerminal) {
  auto trace = samples::explicit_example();
  // RFC 5837: name only (c-type 0x02), length byte 8 counts itself.
  std::vector<std::byte> name;
  for (const char c : std::string{"\x08\x1b[31mX\0", 8}) name.push_back(static_cast<std::byte>(c));
  trace.hops[0].replies[0].extensions.push_back({2, 0x02, name});
  const auto text = trace_text(trace, {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("interface ?[31mX"), std::string::npos) << text;
}

TEST(TextWriter, LeavesNoBlanksAtTheEndsOfLines) {
  for (const bool verbose : {false, true}) {
    for (const auto& trace : samples::all_examples()) {
      EXPECT_EQ(trace_text(trace, {.verbose = verbose}).find(" \n"), std::string::npos);
    }
  }
}

TEST(TimeText, AgreesWithTheCalendar) {
  EXPECT_EQ(time_text(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(time_text(1'700'000'000'999'999'999), "2023-11-14 22:13:20 UTC");  // date -u -d @1700000000
  EXPECT_EQ(time_text(-1), "1969-12-31 23:59:59 UTC");
}

TEST(Vendor, FollowsTheSignatureTable) {
  const auto first = [](std::uint8_t te, std::uint8_t er) {
    const auto vendors = vendors_of(te, er);
    return vendors.empty() ? std::string_view{} : vendors.front().vendor;
  };
  EXPECT_EQ(first(255, 255), "Huawei");
  EXPECT_EQ(first(255, 64), "Juniper");
  EXPECT_EQ(first(128, 128), "Juniper JunosE");
  EXPECT_EQ(first(64, 64), "MikroTik");
  EXPECT_EQ(first(64, 255), "");
  EXPECT_EQ(initial_ttl(129), 255);
  EXPECT_EQ(initial_ttl(128), 128);
  EXPECT_EQ(initial_ttl(65), 128);
  EXPECT_EQ(initial_ttl(64), 64);
  EXPECT_EQ(initial_ttl(33), 64);
  EXPECT_EQ(initial_ttl(32), 32);
}

TEST(Vendor, IsSilentWithoutBothTtls) {
  auto hop = samples::php_dpr_example().hops[3];
  EXPECT_EQ(vendor_guess(hop).front().vendor, "Juniper");
  hop.er_ttl = 0;
  EXPECT_TRUE(vendor_guess(hop).empty());
  EXPECT_TRUE(vendor_guess(samples::uhp_buddy_example().hops[2]).empty());  // a port unreachable is no time exceeded
}

}  // namespace
}  // namespace utnt::results
