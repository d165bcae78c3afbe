// SPDX-License-Identifier: BSD-2-Clause
// What is made for an image's interface in a sealed namespace, and that nothing of it stays, whatever ends its maker.
// The kernel's own lists are the witnesses.
#include "tender/network/network_setup.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "os_linux/interfaces.hpp"
#include "os_linux/privileges.hpp"
#include "os_linux/seal.hpp"
#include "support/sealed_child.hpp"
#include "support/temporary_directory.hpp"
#include "support/two_namespaces.hpp"
#include "tender/network/forwarding.hpp"
#include "tender/network/run_program.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using test_support::run_in_sealed_child;
using test_support::TwoNamespaces;

/// State files of this test alone.
class NetworkOfAnImage : public ::testing::Test {
 protected:
  [[nodiscard]] StateFiles files() const { return StateFiles{directory}; }
  [[nodiscard]] bool has_state() const { return !files().all().empty(); }

  /// What refuses the request; the code 0 when nothing does.
  struct Refusal {
    ExitCode code{ExitCode::done};
    std::string text;
  };
  [[nodiscard]] Refusal refusal(const NetworkRequest& request) const {
    try {
      const NetworkSetup setup{request, files()};
      return {};
    } catch (const Failure& failure) {
      return {failure.code(), failure.what()};
    }
  }
  void expect_refusal(const NetworkRequest& request, ExitCode code, const std::string& text) const {
    const auto before = os_linux::list_interfaces().size();
    const auto refused = refusal(request);
    EXPECT_EQ(refused.code, code) << refused.text;
    EXPECT_NE(refused.text.find(text), std::string::npos) << refused.text;
    EXPECT_EQ(os_linux::list_interfaces().size(), before);
    EXPECT_FALSE(has_state());
  }
  /// A launcher that makes this and is killed at once.
  void make_and_be_killed(const NetworkRequest& request) const {
    const pid_t launcher = ::fork();
    if (launcher == 0) {
      try {
        const NetworkSetup setup{request, files()};
        ::raise(SIGKILL);
      } catch (const Failure& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
      }
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(launcher, &status, 0), launcher);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the launcher could not make it";
    ASSERT_TRUE(has_state());
  }
  void start_next() const {
    const auto lock = files().lock();
    remove_stale_networks(files());
  }

  const test::TemporaryDirectory scratch;
  const std::string& directory{scratch.path()};
};

bool exists(const std::string& interface) { return os_linux::look_for_interface(interface).has_value(); }

std::string tables() {
  const auto end = run_program({"/usr/sbin/nft", "list", "tables"}, {});
  EXPECT_EQ(end.status, 0) << end.errors;
  return end.errors;  // both streams
}

NetworkRequest host_request(const std::string& tap = "image0") {
  NetworkRequest request;
  request.tap = tap;
  request.host_address = wire::Prefix{wire::Ipv4Address{10, 9, 0, 1}, 30};
  return request;
}

NetworkRequest joined(Join join, const std::string& uplink, const std::string& tap = "image0") {
  auto request = host_request(tap);
  request.join = join;
  request.uplink = uplink;
  if (join == Join::bridge) request.host_address.reset();
  return request;
}

TEST_F(NetworkOfAnImage, is_a_tap_with_this_host_at_the_other_end) {
  run_in_sealed_child([&] {
    {
      const NetworkSetup setup{host_request(), files()};
      const auto tap = os_linux::find_interface("image0");
      EXPECT_EQ(tap.kind, "tun");
      EXPECT_TRUE(tap.is_up && tap.is_ethernet);
      EXPECT_EQ(os_linux::addresses_of(tap), (std::vector<wire::IpAddress>{wire::Ipv4Address{10, 9, 0, 1}}));
      EXPECT_EQ(setup.host_mac(), tap.mac.octets);
      const auto nic = setup.nic();
      EXPECT_EQ(nic.kind, NicKind::descriptor);
      EXPECT_GE(nic.descriptor, 0);
      EXPECT_EQ(nic.mac[0], 0x02);
      EXPECT_NE(nic.mac, tap.mac.octets);
      EXPECT_TRUE(has_state());
    }
    EXPECT_FALSE(exists("image0"));
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, gets_a_free_name_where_none_is_given) {
  run_in_sealed_child([&] {
    const NetworkSetup first{host_request(""), files()};
    auto request = host_request("");
    request.host_address = wire::Prefix{wire::Ipv4Address{10, 9, 1, 1}, 30};
    const NetworkSetup second{request, files()};
    EXPECT_EQ(first.tap(), "utnt-tap0");
    EXPECT_EQ(second.tap(), "utnt-tap1");
  });
}

TEST_F(NetworkOfAnImage, becomes_a_port_of_an_existing_bridge_which_stays) {
  run_in_sealed_child([&] {
    os_linux::add_bridge("br0");
    os_linux::set_alias("br0", std::string{os_linux::seal_alias});
    os_linux::set_up("br0", true);
    {
      const NetworkSetup setup{joined(Join::bridge, "br0"), files()};
      EXPECT_EQ(os_linux::find_interface("image0").master, os_linux::find_interface("br0").index);
    }
    EXPECT_TRUE(exists("br0"));
    EXPECT_FALSE(exists("image0"));
  });
}

TEST_F(NetworkOfAnImage, is_bridged_to_an_interface_without_addresses_inside_the_seal) {
  run_in_sealed_child([&] {
    const auto here = os_linux::current_namespace();
    os_linux::enter_new_sealed_namespace();
    const auto there = os_linux::current_namespace();
    os_linux::join_by_veth("far", "near", here.get());
    os_linux::enter_namespace(here.get());
    {
      const NetworkSetup setup{joined(Join::bridge, "near"), files()};
      const auto bridge = os_linux::find_interface("utnt-br0");
      EXPECT_EQ(os_linux::find_interface("near").master, bridge.index);
      EXPECT_EQ(os_linux::find_interface("image0").master, bridge.index);
      EXPECT_TRUE(bridge.is_up);
      EXPECT_TRUE(os_linux::check_seal().is_sealed) << os_linux::check_seal().reason;
    }
    EXPECT_FALSE(exists("utnt-br0"));
    EXPECT_EQ(os_linux::find_interface("near").master, 0U);
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, is_translated_with_a_table_of_its_own) {
  run_in_sealed_child([&] {
    const TwoNamespaces net;
    ASSERT_EQ(is_forwarding("near"), false);
    {
      const NetworkSetup setup{joined(Join::nat, "near"), files()};
      EXPECT_NE(tables().find("table ip utnt_" + std::to_string(::getpid()) + "_image0"), std::string::npos);
      EXPECT_EQ(is_forwarding("near"), true);
      EXPECT_EQ(is_forwarding("image0"), true);
    }
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(is_forwarding("near"), false);
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, leaves_forwarding_on_for_its_neighbours_and_as_it_was_before_all) {
  run_in_sealed_child([&] {
    const TwoNamespaces net;
    {
      auto first = std::make_unique<NetworkSetup>(joined(Join::nat, "near", "image0"), files());
      const NetworkSetup second{joined(Join::nat, "near", "image1"), files()};
      first.reset();
      EXPECT_EQ(is_forwarding("near"), true);
    }
    EXPECT_EQ(is_forwarding("near"), false);
    ASSERT_TRUE(set_forwarding("near", true));
    { const NetworkSetup third{joined(Join::nat, "near"), files()}; }
    EXPECT_EQ(is_forwarding("near"), true);
  });
}

TEST_F(NetworkOfAnImage, of_a_killed_launcher_goes_at_the_next_start) {
  run_in_sealed_child([&] {
    const TwoNamespaces net;
    auto persistent = joined(Join::nat, "near");
    persistent.life = TapLife::persistent;
    make_and_be_killed(persistent);
    EXPECT_TRUE(exists("image0"));
    EXPECT_NE(tables(), "");
    EXPECT_EQ(is_forwarding("near"), true);
    start_next();
    EXPECT_FALSE(exists("image0"));
    EXPECT_EQ(tables(), "");
    EXPECT_EQ(is_forwarding("near"), false);
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, of_a_killed_launcher_goes_with_its_bridge) {
  run_in_sealed_child([&] {
    const auto here = os_linux::current_namespace();
    os_linux::enter_new_sealed_namespace();
    const auto there = os_linux::current_namespace();
    os_linux::join_by_veth("far", "near", here.get());
    os_linux::enter_namespace(here.get());
    make_and_be_killed(joined(Join::bridge, "near"));
    EXPECT_FALSE(exists("image0")) << "a TAP without persistence goes with its descriptor";
    EXPECT_TRUE(exists("utnt-br0"));
    const NetworkSetup next{joined(Join::bridge, "near"), files()};
    EXPECT_EQ(files().all().size(), 1U);
    EXPECT_EQ(next.tap(), "image0");
  });
}

TEST_F(NetworkOfAnImage, of_another_with_the_same_name_stays) {
  run_in_sealed_child([&] {
    make_and_be_killed(host_request());
    const auto device = make_tap("image0", TapLife::persistent);  // somebody else's, since
    start_next();
    EXPECT_TRUE(exists("image0"));
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, of_a_running_launcher_stays) {
  run_in_sealed_child([&] {
    const NetworkSetup setup{host_request(), files()};
    start_next();
    EXPECT_TRUE(exists("image0"));
    EXPECT_TRUE(has_state());
  });
}

TEST_F(NetworkOfAnImage, in_another_namespace_is_left_to_a_start_there) {
  run_in_sealed_child([&] {
    const auto here = os_linux::current_namespace();
    auto request = host_request();
    request.life = TapLife::persistent;
    make_and_be_killed(request);
    os_linux::enter_new_sealed_namespace();
    start_next();
    EXPECT_TRUE(has_state());
    os_linux::enter_namespace(here.get());
    EXPECT_TRUE(exists("image0"));
    start_next();
    EXPECT_FALSE(exists("image0"));
    EXPECT_FALSE(has_state());
  });
}

TEST_F(NetworkOfAnImage, is_refused_by_name_before_anything_is_made) {
  run_in_sealed_child([&] {
    for (const auto* name : {"sixteen-bytes-16", "a b", "a/b", "..", "a%d", "a:1"})
      expect_refusal(host_request(name), ExitCode::bad_input, "the name of an interface has 1 to 15 bytes");
    expect_refusal(host_request("lo"), ExitCode::environment, "there is an interface lo already");
    auto without_address = host_request();
    without_address.host_address.reset();
    expect_refusal(without_address, ExitCode::bad_input, "needs an address");
  });
}

TEST_F(NetworkOfAnImage, is_refused_where_there_is_nothing_to_join) {
  run_in_sealed_child([&] {
    const TwoNamespaces net;
    expect_refusal(joined(Join::bridge, "br9"), ExitCode::environment, "there is no network interface br9 here");
    expect_refusal(joined(Join::nat, "eth9"), ExitCode::environment, "there is no network interface eth9 here");
    expect_refusal(joined(Join::bridge, "near"), ExitCode::bad_input, "near has addresses, which it would lose");
    expect_refusal(joined(Join::bridge, "lo"), ExitCode::bad_input, "lo is not an Ethernet interface");
    os_linux::set_up("near", false);
    expect_refusal(joined(Join::nat, "near"), ExitCode::environment, "the interface near is down");
  });
}

TEST_F(NetworkOfAnImage, is_refused_without_nft_and_taken_back) {
  run_in_sealed_child([&] {
    const TwoNamespaces net;
    auto request = joined(Join::nat, "near");
    request.nft_program = directory + "/nft";
    expect_refusal(request, ExitCode::environment, "address translation needs nft");
    request.nft_program = "/bin/false";
    expect_refusal(request, ExitCode::environment, "nft cannot make the table");
    EXPECT_EQ(is_forwarding("near"), false);
  });
}

TEST_F(NetworkOfAnImage, is_refused_without_privileges) {
  run_in_sealed_child([&] {
    os_linux::drop_privileges();
    expect_refusal(host_request(), ExitCode::not_permitted, "CAP_NET_ADMIN");
  });
}

TEST_F(NetworkOfAnImage, is_refused_outside_the_seal_before_anything_is_made) {
  if (!os_linux::sealed_only || os_linux::check_seal().is_sealed) GTEST_SKIP() << "this namespace may be used";
  const auto refused = refusal(host_request());
  EXPECT_EQ(refused.code, ExitCode::refused);
  EXPECT_FALSE(has_state());
  EXPECT_FALSE(exists("image0"));
}

}  // namespace
}  // namespace utnt::tender
