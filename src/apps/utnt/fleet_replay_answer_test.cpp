// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace utnt::apps {
namespace {

std::string trace(const std::string& address, int rtt) {
  return R"({"type":"trace","id":1,"start_ns":)" + std::to_string(rtt) +
         R"(,"destination":"20.0.8.2","stop":"completed","hops":[{"ttl":1,"address":")" + address +
         R"(","kind":"time_exceeded","rtt_ns":)" + std::to_string(rtt) + R"(,"ip_id":)" + std::to_string(rtt) + "}]}\n";
}
std::string digest_of(const std::string& lines) { return answer_of(lines).digest; }
const std::string tunnel = R"({"type":"tunnel","id":7,"class":"invisible_php","ingress":"20.0.2.2"})"
                           "\n";

TEST(ReplayAnswer, times_and_identifiers_are_no_part_of_it) {
  EXPECT_EQ(digest_of(trace("20.0.1.2", 5)), digest_of(trace("20.0.1.2", 9)));
  EXPECT_EQ(digest_of("{\"type\":\"run\",\"seed\":1}\n" + trace("20.0.1.2", 5)), digest_of(trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, another_hop_or_tunnel_is_another_answer) {
  EXPECT_NE(digest_of(trace("20.0.1.2", 5)), digest_of(trace("20.0.1.6", 5)));
  EXPECT_NE(digest_of(trace("20.0.1.2", 5) + tunnel), digest_of(trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, the_order_of_lines_is_no_part_of_it) {
  EXPECT_EQ(digest_of(trace("20.0.1.2", 5) + tunnel), digest_of(tunnel + trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, tunnels_are_named_for_people) {
  EXPECT_EQ(answer_of(trace("20.0.1.2", 5) + tunnel).tunnels, "invisible_php 20.0.2.2 - 0");
  EXPECT_EQ(answer_of(R"({"type":"tunnel","class":"uhp","ingress":"a","egress":"b","lsrs":[{},{}]})").tunnels,
            "uhp a b 2");
}

TEST(ReplayAnswer, without_a_trace_there_is_none) {
  EXPECT_EQ(digest_of(""), "");
  EXPECT_EQ(digest_of(tunnel), "");
  EXPECT_EQ(digest_of("no JSON\n{\"type\":\"summary\"}\n[1]\n"), "");
}

}  // namespace
}  // namespace utnt::apps
