// SPDX-License-Identifier: BSD-2-Clause
// The lab in real time: a prober in a sealed namespace reaches a network that is a function in a second process.
#include "lab/server.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "lab/pair_port.hpp"
#include "lab/tap_port.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/packet_link.hpp"
#include "os_linux/seal.hpp"
#include "support/echo_network.hpp"
#include "support/sealed_child.hpp"

namespace utnt::lab {
namespace {

using test_support::EchoNetwork;
using test_support::run_in_sealed_child;

using OpenPort = std::unique_ptr<FramePort> (*)();

/// Serves an EchoNetwork on an interface of the current namespace from a child process; stops with the object.
class RunningLab {
 public:
  RunningLab(OpenPort open_port, Duration delay) {
    auto port = open_port();
    EchoNetwork network{delay};
    configure_lab_interface(network.vantage_point());
    EXPECT_EQ(::pipe(stop_.data()), 0);
    server_ = ::fork();
    if (server_ == 0) {
      ::close(stop_[1]);
      Server{network, *port, {.stop_fd = stop_[0]}}.run();
      ::_exit(0);
    }
  }
  ~RunningLab() {
    ::close(stop_[1]);
    int status = 0;
    ::waitpid(server_, &status, 0);
    EXPECT_EQ(status, 0) << "the server did not end when it was asked to";
    ::close(stop_[0]);
  }
  RunningLab(const RunningLab&) = delete;
  RunningLab& operator=(const RunningLab&) = delete;

 private:
  std::array<int, 2> stop_{};
  pid_t server_{-1};
};

std::vector<std::byte> echo_request(const wire::IpAddress& source, wire::Ipv4Address destination,
                                    std::uint16_t sequence) {
  std::vector<std::byte> bytes(44);
  wire::write_ipv4_header(
      bytes, {.total_length = 44, .protocol = wire::protocol::icmp, .source = source.v4(), .destination = destination});
  wire::write_echo(MutableBytes{bytes}.subspan(20), {.identifier = 9, .sequence = sequence});
  return bytes;
}

class LabServer : public ::testing::TestWithParam<OpenPort> {};

INSTANTIATE_TEST_SUITE_P(Ports, LabServer, ::testing::Values(&open_tap_port, &open_pair_port),
                         [](const auto& port) { return port.param == &open_tap_port ? "tap" : "pair"; });

TEST_P(LabServer, every_address_answers_after_the_emulated_delay) {
  run_in_sealed_child([] {
    constexpr Duration delay = 5_ms;
    const RunningLab lab{GetParam(), delay};
    const auto link = os_linux::PacketLink::open({}, wire::Ipv4Address{20, 0, 8, 2});
    EXPECT_EQ(link->source(), wire::IpAddress(wire::Ipv4Address{20, 0, 1, 1}));
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    std::vector<std::int64_t> errors_ns;
    for (std::uint16_t i = 0; i < 100; ++i) {
      const wire::Ipv4Address destination{20, 0, 8, static_cast<std::uint8_t>(i)};
      link->send(echo_request(link->source(), destination, i));
      const auto sent_at = link->now();
      const auto received = link->wait(buffer, link->now() + 1_s);
      ASSERT_TRUE(received.has_value()) << i;
      ASSERT_EQ(wire::Ipv4View::parse(received->packet)->source(), destination);
      ASSERT_GE(received->arrival - sent_at, delay) << "an answer came before its time";
      errors_ns.push_back((received->arrival - sent_at - delay).ns());
    }
    std::ranges::sort(errors_ns);
    std::printf("delay error: median %ld us, 90%% %ld us\n", static_cast<long>(errors_ns[50] / 1000),
                static_cast<long>(errors_ns[90] / 1000));
    // A loaded machine may delay single packets; half of them it does not.
    EXPECT_LE(errors_ns[50], 2'000'000);
  });
}

TEST_P(LabServer, a_burst_comes_back_whole) {
  run_in_sealed_child([] {
    const RunningLab lab{GetParam(), 1_ms};
    const auto link = os_linux::PacketLink::open({}, wire::Ipv4Address{20, 0, 8, 2});
    constexpr std::uint16_t count = 3000;
    for (std::uint16_t i = 0; i < count; ++i)
      link->send(echo_request(link->source(), wire::Ipv4Address{20, 0, 8, 2}, i));
    std::vector<std::byte> buffer(wire::packet_bytes_max);
    unsigned received = 0;
    while (received < count && link->wait(buffer, link->now() + 1_s)) ++received;
    EXPECT_EQ(received, count);
    EXPECT_EQ(link->counters().ring_dropped, 0U);
  });
}

TEST(LabPorts, are_refused_outside_a_sealed_namespace) {
  if (!os_linux::sealed_only || os_linux::check_seal().is_sealed) GTEST_SKIP() << "this build or this place may probe";
  EXPECT_THROW(open_tap_port(), os_linux::SealRefusal);
  EXPECT_THROW(open_pair_port(), os_linux::SealRefusal);
}

}  // namespace
}  // namespace utnt::lab
