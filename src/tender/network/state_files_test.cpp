// SPDX-License-Identifier: BSD-2-Clause
// What is written about a set-up comes back, whole or not at all.
#include "tender/network/state_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::tender {
namespace {

NetworkState full() {
  auto state = NetworkState::here();
  state.tap = "image0";
  state.tap_index = 17;
  state.bridge = "utnt-br0";
  state.bridge_index = 18;
  state.table = "utnt_1_image0";
  state.forwarding = "eth0.5";
  state.had_forwarding = true;
  return state;
}

class Files : public ::testing::Test {
 protected:
  const test::TemporaryDirectory scratch;
  const std::string& directory{scratch.path()};
};

TEST_F(Files, give_back_what_was_written) {
  const StateFiles files{directory};
  files.write("a", full());
  auto later = full();
  later.had_forwarding = false;
  later.tap_index = 0;
  files.write("a", later);
  const auto all = files.all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "a");
  const auto& state = all[0].state;
  EXPECT_EQ(state.owner, Owner::self());
  EXPECT_EQ(state.tap, "image0");
  EXPECT_EQ(state.tap_index, 0U);
  EXPECT_EQ(state.bridge, "utnt-br0");
  EXPECT_EQ(state.bridge_index, 18U);
  EXPECT_EQ(state.table, "utnt_1_image0");
  EXPECT_EQ(state.forwarding, "eth0.5");
  EXPECT_FALSE(state.had_forwarding);
  EXPECT_EQ(state.boot, full().boot);
  EXPECT_EQ(state.net_namespace, full().net_namespace);
  files.remove("a");
  EXPECT_TRUE(files.all().empty());
}

TEST_F(Files, that_are_cut_or_of_another_kind_are_no_state) {
  const auto text = full().text();
  ASSERT_TRUE(NetworkState::parse(text).has_value());
  for (std::size_t length = 0; length + 1 < text.size(); ++length)
    EXPECT_FALSE(NetworkState::parse(text.substr(0, length)).has_value()) << length;
  for (const auto* other :
       {"utnt-network 2\nowner 1-2-3\nend\n", "utnt-network 1\nend\n", "utnt-network 1\nowner 1-2-3\ntap ../x\nend\n",
        "utnt-network 1\nowner 1-2-3\ntap \nend\n", "utnt-network 1\nowner 1-2-3\nother x\nend\n",
        "utnt-network 1\nowner 1-2-3\ntap-index 5x\nend\n", "utnt-network 1\nowner x\nend\n"})
    EXPECT_FALSE(NetworkState::parse(other).has_value()) << other;
}

TEST_F(Files, that_nobody_can_read_are_taken_away) {
  const StateFiles files{directory};
  std::ofstream{directory + "/half"} << "utnt-network 1\nowner 1-2";
  std::ofstream{directory + "/.new-b"} << full().text();
  EXPECT_TRUE(files.all().empty());
  EXPECT_TRUE(std::filesystem::is_empty(directory));
}

TEST_F(Files, lie_where_nobody_else_reads) {
  ::chmod(directory.c_str(), 0755);
  EXPECT_THROW(StateFiles{directory}, os_linux::Failure);
}

}  // namespace
}  // namespace utnt::tender
