// SPDX-License-Identifier: BSD-2-Clause
// The conformance suite over the transports of one machine: a socket pair, a relay behind a child's standard input and
// output in front of a Unix socket (how a controller reaches its own machine's agent), and the pair in memory, well
// behaved and not.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "fleet/relayed_connection.hpp"
#include "fleet/transport/memory_link.hpp"
#include "fleet/transport_conformance.hpp"

namespace utnt::fleet::test {
namespace {

using namespace utnt::literals;

class SocketPair : public Connection {
 public:
  SocketPair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    near_ = std::make_unique<StreamLink>(os_linux::UniqueFd{ends[0]});
    far_ = std::make_unique<StreamLink>(os_linux::UniqueFd{ends[1]});
  }
  Link& near() override { return *near_; }
  Link& far() override { return *far_; }
  void cut() override { ::shutdown(near_->descriptor(), SHUT_RDWR); }

 private:
  std::unique_ptr<Link> near_, far_;
};

std::unique_ptr<Link> socket_cut_after(ConstBytes bytes) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const os_linux::UniqueFd other{ends[0]};
  EXPECT_EQ(::send(ends[0], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return std::make_unique<StreamLink>(os_linux::UniqueFd{ends[1]});
}

class InMemory : public Connection {
 public:
  explicit InMemory(const MemoryFaults& faults) : pair_{now_, faults} {}
  Link& near() override { return pair_.near(); }
  Link& far() override { return pair_.far(); }
  /// Time jumps to the next arrival.
  bool wait(Duration) override {
    std::optional<Instant> next;
    for (const Link* link : {&pair_.near(), &pair_.far()})
      if (const auto wake = link->wake_at(); wake && (!next || *wake < *next)) next = wake;
    if (!next) return false;
    now_ = std::max(now_, *next);
    return true;
  }
  void cut() override { pair_.cut("cut by the test"); }

 private:
  Instant now_;
  MemoryPair pair_;
};

Transport memory(const std::string& name, const MemoryFaults& faults) {
  const bool is_lossless = faults.lost_permille == 0 && faults.repeated_permille == 0 && faults.late_permille == 0;
  return {.name = name, .connect = [faults] { return std::make_unique<InMemory>(faults); }, .is_lossless = is_lossless};
}

Transport stream() {
  return {.name = "stream", .connect = [] { return std::make_unique<SocketPair>(); }, .cut_after = socket_cut_after};
}

Transport process() {
  return {.name = "process",
          .connect =
              [] {
                return std::make_unique<RelayedConnection>([](const std::string& socket) {
                  return Command{.words = {peer_program, "relay", socket}};
                });
              },
          .cut_after =
              [](ConstBytes bytes) {
                static const TemporaryDirectory directory;
                return sent_by(bytes, directory.path(), [](const std::string& file) {
                  return Command{.words = {"cat", file}};
                });
              }};
}

INSTANTIATE_TEST_SUITE_P(Local, TransportConformance,
                         testing::Values(stream(), process(), memory("memory", {.delay = 5_ms, .capacity = 100}),
                                         memory("memory_with_losses",
                                                {.seed = 21, .lost_permille = 200, .delay = 5_ms, .capacity = 100}),
                                         memory("memory_with_everything", {.seed = 22,
                                                                           .lost_permille = 150,
                                                                           .repeated_permille = 150,
                                                                           .late_permille = 300,
                                                                           .delay = 5_ms,
                                                                           .late_max = 50_ms,
                                                                           .capacity = 100})),
                         transport_name);
INSTANTIATE_TEST_SUITE_P(Local, StreamConformance, testing::Values(stream(), process()), transport_name);

}  // namespace
}  // namespace utnt::fleet::test
