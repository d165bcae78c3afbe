// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/forbidden.hpp"

#include <gtest/gtest.h>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

wire::IpAddress address(std::string_view text) { return *wire::parse_address(text); }

TEST(Forbidden, names_why_an_address_is_refused) {
  Forbidden forbidden;
  forbidden.add({"20.0.7.0/24", "2400:1::/64"}, "lies on the node's own network");
  const std::pair<std::string_view, std::string_view> cases[]{{"127.0.0.1", "is a loopback address"},
                                                              {"::1", "is a loopback address"},
                                                              {"10.1.2.3", "is private"},
                                                              {"172.31.255.255", "is private"},
                                                              {"192.168.0.1", "is private"},
                                                              {"fd00::1", "is private"},
                                                              {"169.254.169.254", "is link-local"},
                                                              {"fe80::1", "is link-local"},
                                                              {"224.0.0.1", "is a multicast address"},
                                                              {"ff02::1", "is a multicast address"},
                                                              {"0.0.0.0", "is a special-purpose address"},
                                                              {"255.255.255.255", "is a special-purpose address"},
                                                              {"100.64.0.1", "is a special-purpose address"},
                                                              {"::ffff:127.0.0.1", "is a special-purpose address"},
                                                              {"20.0.7.9", "lies on the node's own network"},
                                                              {"2400:1::9", "lies on the node's own network"}};
  for (const auto& [text, why] : cases) EXPECT_EQ(forbidden.why(address(text)), why) << text;
  EXPECT_EQ(forbidden.why(wire::IpAddress{}), "is a special-purpose address");
  for (const std::string_view text : {"20.0.8.9", "172.32.0.1", "2400:1:0:1::9", "11.0.0.1"})
    EXPECT_EQ(forbidden.why(address(text)), std::nullopt) << text;
}

TEST(Forbidden, an_owner_may_allow_special_purpose_addresses_but_a_block_list_holds) {
  Forbidden forbidden{true};
  EXPECT_EQ(forbidden.why(address("10.1.2.3")), std::nullopt);
  forbidden.add({"10.0.0.0/8"}, "is on the block list");
  EXPECT_EQ(forbidden.why(address("10.1.2.3")), "is on the block list");
}

TEST(Forbidden, gives_ascending_ranges_that_do_not_overlap) {
  Forbidden forbidden;
  forbidden.add({"192.0.2.128/25", "192.0.2.0/24", "20.0.0.0/8"}, "is one's");
  forbidden.add({"21.0.0.0/8", "2001:db8::/32"}, "is another's");
  EXPECT_EQ(forbidden.ranges(), (std::vector<std::string>{"20.0.0.0-21.255.255.255", "192.0.2.0-192.0.2.255"}));
  EXPECT_THROW(forbidden.add({"192.0.2.1/24"}, "is a mistake"), os_linux::Failure) << "host bits";
}

}  // namespace
}  // namespace utnt::fleet
