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
const std::string tunnel = R"({"type":"tunnel","id":7,"class":"invisible_php","ingress":"20.0.2.2"})"
                           "\n";

TEST(ReplayAnswer, times_and_identifiers_are_no_part_of_it) {
  EXPECT_EQ(answer_digest(trace("20.0.1.2", 5)), answer_digest(trace("20.0.1.2", 9)));
  EXPECT_EQ(answer_digest("{\"type\":\"run\",\"seed\":1}\n" + trace("20.0.1.2", 5)),
            answer_digest(trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, another_hop_or_tunnel_is_another_answer) {
  EXPECT_NE(answer_digest(trace("20.0.1.2", 5)), answer_digest(trace("20.0.1.6", 5)));
  EXPECT_NE(answer_digest(trace("20.0.1.2", 5) + tunnel), answer_digest(trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, the_order_of_lines_is_no_part_of_it) {
  EXPECT_EQ(answer_digest(trace("20.0.1.2", 5) + tunnel), answer_digest(tunnel + trace("20.0.1.2", 5)));
}

TEST(ReplayAnswer, without_a_trace_there_is_none) {
  EXPECT_EQ(answer_digest(""), "");
  EXPECT_EQ(answer_digest(tunnel), "");
  EXPECT_EQ(answer_digest("no JSON\n{\"type\":\"summary\"}\n[1]\n"), "");
}

}  // namespace
}  // namespace utnt::apps
