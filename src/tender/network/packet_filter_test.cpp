// SPDX-License-Identifier: BSD-2-Clause
// The rules of an image's address translation, and the program that takes them.
#include "tender/network/packet_filter.hpp"

#include <gtest/gtest.h>

#include "os_linux/failure.hpp"
#include "tender/network/run_program.hpp"

namespace utnt::tender {
namespace {

NatPlan plan() {
  return {.table = "utnt_7_tap0", .tap = "tap0", .uplink = "eth0", .subnet = {wire::Ipv4Address{10, 9, 0, 1}, 30}};
}

TEST(NatRules, let_the_image_out_by_one_interface_and_only_answers_in) {
  const auto rules = nat_rules(plan());
  for (const auto* rule :
       {"oifname \"eth0\" ip saddr 10.9.0.1/30 masquerade\n", "iifname \"tap0\" drop\n",
        "iifname \"eth0\" oifname \"tap0\" ct state established,related accept\n", "oifname \"tap0\" drop\n"})
    EXPECT_NE(rules.find(rule), std::string::npos) << rule;
}

TEST(NatRules, take_no_name_that_could_end_a_quotation) {
  auto hostile = plan();
  hostile.uplink = "e\" accept\"";
  EXPECT_THROW(nat_rules(hostile), os_linux::Failure);
}

TEST(PacketFilter, that_does_not_exist_is_named) {
  try {
    const PacketFilter filter{"/nowhere/nft"};
    FAIL();
  } catch (const os_linux::Failure& failure) {
    EXPECT_EQ(failure.code(), os_linux::ExitCode::environment);
    EXPECT_NE(std::string{failure.what()}.find("/nowhere/nft"), std::string::npos);
  }
}

TEST(Program, gets_its_input_and_tells_how_it_ended) {
  EXPECT_EQ(run_program({"/bin/cat"}, "what it says\nand more").errors, "what it says");
  EXPECT_EQ(run_program({"/bin/sh", "-c", "exit 7"}, {}).status, 7);
  const auto killed = run_program({"/bin/sh", "-c", "kill -9 $$"}, {});
  EXPECT_EQ(killed.status, -1);
  EXPECT_FALSE(killed.was_killed);
  EXPECT_EQ(run_program({"/usr/bin/env"}, {}).errors, "");
  EXPECT_THROW(run_program({"/nowhere/program"}, {}), os_linux::Failure);
}

}  // namespace
}  // namespace utnt::tender
