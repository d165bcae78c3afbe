// SPDX-License-Identifier: BSD-2-Clause
// The conformance suite over OpenSSH itself, and what is special about it: host keys, user keys, first contact,
// staging, a network that goes away. Each test has an sshd of its own on the loopback of a sealed namespace.
#include <algorithm>
#include <filesystem>

#include "fleet/relayed_connection.hpp"
#include "fleet/transport/ssh_failure.hpp"
#include "fleet/transport/stage.hpp"
#include "fleet/transport_conformance.hpp"
#include "os_linux/clock.hpp"
#include "support/sealed_child.hpp"
#include "support/ssh_server.hpp"

namespace utnt::fleet::test {
namespace {

using namespace utnt::literals;
using test_support::SshServer;

SshServer* server = nullptr;  ///< of the running test

void with_server(const std::function<void()>& body) {
  if (const auto why = test_support::why_no_ssh_server(); !why.empty()) GTEST_SKIP() << why;
  test_support::run_in_sealed_child([&] {
    SshServer own;
    server = &own;
    body();
  });
}

Transport ssh_transport() {
  return {.name = "ssh",
          .connect =
              [] {
                return std::make_unique<RelayedConnection>([](const std::string& socket) {
                  return ssh_command(server->target(), server->places(), peer_program + " relay " + socket);
                });
              },
          .cut_after =
              [](ConstBytes bytes) {
                return sent_by(bytes, server->directory().path(), [](const std::string& file) {
                  return ssh_command(server->target(), server->places(), "cat " + file);
                });
              },
          .cut_stride = 23,
          .within = with_server};
}

INSTANTIATE_TEST_SUITE_P(Ssh, TransportConformance, testing::Values(ssh_transport()), transport_name);
INSTANTIATE_TEST_SUITE_P(Ssh, StreamConformance, testing::Values(ssh_transport()), transport_name);

/// What ends a link that cannot come about.
std::string failure_to(const SshTarget& target, const SshPlaces& places) {
  ProcessLink link{ssh_command(target, places, "true")};
  while (link.is_open()) {
    link.receive();
    pollfd ready{link.descriptor(), POLLIN, 0};
    if (link.is_open() && ::poll(&ready, 1, 10'000) <= 0) break;
  }
  EXPECT_FALSE(link.is_open());
  return link.why();
}

TEST(SshTransport, an_unknown_host_is_refused) {
  with_server([] {
    auto places = server->places();
    places.known_hosts = server->directory() / "no_pins";
    const auto why = failure_to(server->target(), places);
    EXPECT_EQ(ssh_failure_of(why), SshFailure::unknown_host_key) << why;
    EXPECT_FALSE(std::filesystem::exists(places.known_hosts)) << "nothing may be learnt by failing";
  });
}

TEST(SshTransport, a_changed_host_key_is_refused) {
  with_server([] {
    server->restart_with_host_key("other_key");
    const auto why = failure_to(server->target(), server->places());
    EXPECT_EQ(ssh_failure_of(why), SshFailure::changed_host_key) << why;
  });
}

TEST(SshTransport, another_nodes_key_is_no_key_of_this_node) {
  with_server([] {
    pin_keys(server->places().known_hosts, "oslo-1", pinned_keys(server->places().known_hosts, "lyon-1"));
    pin_keys(server->places().known_hosts, "lyon-1", {server->host_key("other_key")});
    EXPECT_EQ(ssh_failure_of(failure_to(server->target(), server->places())), SshFailure::changed_host_key);
  });
}

TEST(SshTransport, a_wrong_user_key_is_refused) {
  with_server([] {
    auto target = server->target();
    target.key = server->directory() / "other_key";
    const auto why = failure_to(target, server->places());
    EXPECT_EQ(ssh_failure_of(why), SshFailure::not_let_in) << why;
  });
}

TEST(SshTransport, a_host_without_sshd_is_unreachable) {
  with_server([] {
    server->end_shared_connection(server->target());
    server->stop();
    const auto why = failure_to(server->target(), server->places());
    EXPECT_EQ(ssh_failure_of(why), SshFailure::unreachable) << why;
  });
}

TEST(SshTransport, the_first_contact_reads_the_hosts_key_and_pins_nothing) {
  with_server([] {
    const auto before = file_text(server->places().known_hosts);
    auto target = server->target();
    target.name = "new-node";
    EXPECT_EQ(scan_host_keys(target, server->places()), std::vector{server->host_key("host_key")});
    EXPECT_EQ(file_text(server->places().known_hosts), before);
    target.key = server->directory() / "other_key";
    EXPECT_EQ(scan_host_keys(target, server->places()), std::vector{server->host_key("host_key")})
        << "the login need not succeed";
    server->stop();
    EXPECT_TRUE(contains(failure_of([&] { scan_host_keys(target, server->places()); }), "cannot be reached"));
  });
}

TEST(SshTransport, what_the_scan_found_lets_the_node_in_once_it_is_pinned) {
  with_server([] {
    server->restart_with_host_key("other_key");
    pin_keys(server->places().known_hosts, "lyon-1", scan_host_keys(server->target(), server->places()));
    const auto result = run_command(ssh_command(server->target(), server->places(), "echo in"), {});
    EXPECT_EQ(result.output, "in\n") << result.errors;
  });
}

TEST(SshTransport, one_connection_is_shared_and_can_be_asked_and_ended) {
  with_server([] {
    const auto check = ssh_control_command(server->target(), server->places(), SshControl::check);
    EXPECT_NE(run_command(check, {}).exit_status, 0);
    const auto result = run_command(ssh_command(server->target(), server->places(), "echo $SSH_CONNECTION"), {});
    const auto again = run_command(ssh_command(server->target(), server->places(), "echo $SSH_CONNECTION"), {});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_EQ(again.output, result.output);
    EXPECT_EQ(run_command(check, {}).exit_status, 0);
    server->end_shared_connection(server->target());
    EXPECT_NE(run_command(check, {}).exit_status, 0);
    const auto reopened = run_command(ssh_command(server->target(), server->places(), "echo $SSH_CONNECTION"), {});
    EXPECT_EQ(reopened.exit_status, 0) << reopened.errors;
    EXPECT_NE(reopened.output, result.output);
  });
}

TEST(SshTransport, the_agent_is_staged_and_its_relay_started) {
  with_server([] {
    const AgentProgram agent = load_agent(peer_program);
    const auto shell = ssh_shell(server->target(), server->places());
    const auto first = stage_agent("lyon-1", agent, shell);
    ASSERT_EQ(first.outcome, Staged::now) << first.detail;
    EXPECT_EQ(stage_agent("lyon-1", agent, shell).outcome, Staged::was_there);
    const auto listener = listen_at(server->home() + "/agent.sock");
    ProcessLink near{ssh_command(server->target(), server->places(), remote_relay_command(agent.digest))};
    pollfd waits{listener.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waits, 1, 10'000), 1);
    StreamLink far{os_linux::UniqueFd{::accept(listener.get(), nullptr, nullptr)}};
    const Message hello{.kind = MessageKind::hello, .text = "{}"};
    ASSERT_TRUE(far.send(hello));
    waits = {near.descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&waits, 1, 10'000), 1);
    EXPECT_EQ(near.receive(), hello);
  });
}

TEST(SshTransport, an_agent_that_was_not_staged_is_told_apart) {
  with_server([] {
    ProcessLink link{ssh_command(server->target(), server->places(), remote_relay_command(std::string(64, '0')))};
    while (link.is_open()) {
      link.receive();
      pollfd ready{link.descriptor(), POLLIN, 0};
      if (link.is_open() && ::poll(&ready, 1, 10'000) <= 0) break;
    }
    EXPECT_EQ(ssh_failure_of(link.why()), SshFailure::no_agent) << link.why();
  });
}

TEST(SshTransport, a_network_that_goes_away_is_found_by_its_silence) {
  with_server([] {
    // Opening the shared connection takes its time, which is no silence.
    ASSERT_EQ(run_command(ssh_command(server->target(), server->places(), "true"), {}).exit_status, 0);
    ProcessLink link{ssh_command(server->target(), server->places(), "cat"), {.silence_max = 1500_ms}};
    ASSERT_TRUE(link.send({}));
    pollfd ready{link.descriptor(), POLLIN, 0};
    for (int i = 0; i < 100 && !link.receive() && link.is_open(); ++i) ::poll(&ready, 1, 50);
    ASSERT_TRUE(link.is_open()) << link.why();
    const auto set_loopback = [](const char* state) {
      return run_command({.words = {"ip", "link", "set", "lo", state}}, {}).exit_status;
    };
    ASSERT_EQ(set_loopback("down"), 0);
    ASSERT_TRUE(link.send({}));
    const Instant begin = os_linux::monotonic_now();
    while (link.is_open() && os_linux::monotonic_now() - begin < 10_s) {
      ready.fd = link.descriptor();
      ::poll(&ready, 1, 50);
      EXPECT_FALSE(link.receive());
    }
    EXPECT_FALSE(link.is_open());
    EXPECT_TRUE(contains(link.why(), "nothing was heard for 1500 ms")) << link.why();
    ASSERT_EQ(set_loopback("up"), 0);
  });
}

}  // namespace
}  // namespace utnt::fleet::test
