// SPDX-License-Identifier: BSD-2-Clause
// The file of pinned host keys, its fingerprints against ssh-keygen.
#include "fleet/transport/known_hosts.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "fleet/transport/transport_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::TemporaryDirectory;

const HostKey one{.type = "ssh-ed25519", .key = "AAAA"};
const HostKey two{.type = "ecdsa-sha2-nistp256", .key = "AAAB"};

TEST(KnownHosts, pins_are_replaced_and_removed_by_name) {
  const TemporaryDirectory directory;
  const std::string path = directory / "known_hosts";
  EXPECT_TRUE(pinned_keys(path, "a").empty());
  pin_keys(path, "a", {one});
  pin_keys(path, "b", {two});
  pin_keys(path, "ab", {one, two});
  pin_keys(path, "a", {two});
  EXPECT_EQ(pinned_keys(path, "a"), std::vector{two});
  EXPECT_EQ(pinned_keys(path, "ab"), (std::vector{one, two}));
  pin_keys(path, "b", {});
  EXPECT_TRUE(pinned_keys(path, "b").empty());
  EXPECT_EQ(test::file_text(path), "ab ssh-ed25519 AAAA\nab ecdsa-sha2-nistp256 AAAB\na ecdsa-sha2-nistp256 AAAB\n");
}

TEST(KnownHosts, pins_made_at_once_do_not_undo_each_other) {
  const TemporaryDirectory directory;
  const std::string path = directory / "known_hosts";
  constexpr int pinners = 16;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < pinners; ++i)
      threads.emplace_back([&path, i] { pin_keys(path, "node-" + std::to_string(i), {one}); });
  }
  for (int i = 0; i < pinners; ++i) EXPECT_EQ(pinned_keys(path, "node-" + std::to_string(i)), std::vector{one}) << i;
}

TEST(KnownHosts, lines_that_are_not_ours_stay_and_pin_nothing) {
  const TemporaryDirectory directory;
  const std::string path = directory / "known_hosts";
  const std::string foreign = "# a comment\n|1|hashed ssh-ed25519 AAAA\n@revoked a ssh-ed25519 AAAA\nrubbish\n\n";
  test::write_file(path, foreign);
  EXPECT_TRUE(pinned_keys(path, "a").empty());
  EXPECT_TRUE(pinned_keys(path, "").empty());
  pin_keys(path, "a", {one});
  EXPECT_EQ(test::file_text(path), foreign + "a ssh-ed25519 AAAA\n");
}

TEST(KnownHosts, a_comment_behind_the_key_is_no_part_of_it) {
  EXPECT_EQ(host_keys_named("a ssh-ed25519 AAAA root@a\n", "a"), std::vector{one});
}

TEST(KnownHosts, fingerprints_are_those_of_ssh_keygen) {
  if (!test::has_program("ssh-keygen")) GTEST_SKIP() << "ssh-keygen is not installed";
  const TemporaryDirectory directory;
  ASSERT_EQ(
      run_command({.words = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "id"}}, {}).exit_status,
      0);
  const auto keys = host_keys_named("name " + test::file_text(directory / "id.pub"), "name");
  ASSERT_EQ(keys.size(), 1U);
  const auto said = run_command({.words = {"ssh-keygen", "-l", "-f", directory / "id.pub"}}, {}).output;
  EXPECT_TRUE(contains(said, " " + fingerprint(keys[0]) + " ")) << said;
}

}  // namespace
}  // namespace utnt::fleet
