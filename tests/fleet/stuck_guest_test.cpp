// SPDX-License-Identifier: BSD-2-Clause
// Real guests under the real tender that never end, or fault at once: they are killed at their limit and tried again as
// often as the policy says, and the jobs behind them run.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "fault_world.hpp"

namespace utnt::fleet::test {
namespace {

/// Somewhere for an instance's network interface to be connected to; nobody reads there.
class SilentNetwork {
 public:
  explicit SilentNetwork(const std::string& path) : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ::unlink(path.c_str());
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      ADD_FAILURE() << "no socket " << path;
  }

 private:
  os_linux::UniqueFd socket_;
};

TEST(StuckGuest, is_killed_at_its_limit_and_a_poisoned_one_blocks_nobody) {
  std::ifstream file{UTNT_TEST_IMAGE, std::ios::binary};
  const std::string image{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(image.empty()) << UTNT_TEST_IMAGE;
  const auto runs = all_variants(UTNT_TENDER_PROGRAM);
  FaultWorld world{{}, 3, image};
  const SilentNetwork network{world.root() + "/net"};
  world.config.network.peer = world.root() + "/net";
  world.own_variants = runs.get();
  world.attempts_max = 2;
  world.shape = [](Order& order) {
    const std::vector<std::string> words{"spin", "jump=0", "record=100 trailer=0 exit=0"};
    order.options = words.at(order.event - 1);
    order.limits.seconds = 1;
  };
  const auto begin = os_linux::monotonic_now();
  const auto outcome = world.run();
  EXPECT_TRUE(outcome.is_settled);
  EXPECT_LT(os_linux::monotonic_now() - begin, Duration{15'000'000'000});
  EXPECT_EQ(outcome.lost + outcome.twice, 0U);
  EXPECT_EQ(outcome.imbalance, "");
  const auto stuck = world.store->find_job(world.order(1).id), poison = world.store->find_job(world.order(2).id);
  ASSERT_TRUE(stuck && poison);
  EXPECT_EQ(stuck->state, JobState::failed);
  EXPECT_EQ(stuck->reason, reason::time_limit);
  EXPECT_EQ(poison->state, JobState::failed);
  EXPECT_EQ(poison->reason, reason::crashed);
  EXPECT_EQ(poison->attempt, 2U);
  EXPECT_EQ(world.store->results_of(world.order(1).id).size(), 1U) << "what it had is kept";
  EXPECT_EQ(world.store->results_of(world.order(2).id).size(), 2U) << "of each attempt";
}

}  // namespace
}  // namespace utnt::fleet::test
