// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/spool.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fleet/model/bundle.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/node_test_support.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

TEST(Spool, has_after_a_restart_what_it_was_given) {
  const TemporaryDirectory directory;
  const auto order = some_order();
  SpooledResult put;
  {
    Spool spool{directory.path() + "/spool"};
    spool.remember(order, 2);
    put = spool.put(some_bundle(order, 1));
  }
  Spool spool{directory.path() + "/spool"};
  const auto taken = spool.taken();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].order, order);
  EXPECT_EQ(taken[0].attempt, 2U);
  const auto results = spool.results();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].digest, put.digest);
  EXPECT_EQ(results[0].job, order.id);
  EXPECT_EQ(results[0].attempt, 1U);
  EXPECT_EQ(results[0].how, "complete");
  EXPECT_EQ(spool.read(put.digest), some_bundle(order, 1));
  spool.forget(order.id);
  spool.drop(put.digest);
  EXPECT_TRUE(spool.taken().empty());
  EXPECT_TRUE(spool.results().empty());
  EXPECT_TRUE(spool.complaints().empty());
}

TEST(Spool, moves_aside_what_it_cannot_believe_and_says_so) {
  const TemporaryDirectory directory;
  const auto root = directory.path() + "/spool";
  const auto order = some_order();
  {
    Spool spool{root};
    const auto result = spool.put(some_bundle(order, 1));
    std::ofstream{root + "/results/" + result.digest, std::ios::app} << "x";
    std::ofstream{root + "/jobs/" + order.id} << "0\nnonsense";
  }
  Spool spool{root};
  EXPECT_TRUE(spool.taken().empty());
  EXPECT_TRUE(spool.results().empty());
  EXPECT_EQ(spool.complaints().size(), 2U);
  EXPECT_EQ(names_in(root + "/aside").size(), 2U) << "nothing is thrown away";
}

TEST(Spool, forgets_what_was_half_written) {
  const TemporaryDirectory directory;
  const auto root = directory.path() + "/spool";
  { const Spool spool{root}; }
  std::ofstream{root + "/results/.unfinished"} << "half";
  Spool spool{root};
  EXPECT_TRUE(spool.results().empty());
  EXPECT_TRUE(spool.complaints().empty());
  EXPECT_FALSE(std::filesystem::exists(root + "/results/.unfinished"));
}

TEST(Spool, refuses_a_job_for_whose_result_there_is_no_room) {
  const TemporaryDirectory directory;
  const Spool spool{directory.path() + "/spool"};
  EXPECT_TRUE(spool.has_room(1));
  EXPECT_FALSE(spool.has_room(std::uint64_t{1} << 60));
}

TEST(DurableFile, that_cannot_be_written_leaves_nothing) {
  const TemporaryDirectory directory;
  EXPECT_THROW(write_durably(directory.path() + "/missing/file", "text"), os_linux::Failure);
  write_durably(directory.path() + "/file", "old");
  write_durably(directory.path() + "/file", "new");
  EXPECT_EQ(read_whole(directory.path() + "/file", 10), "new");
  EXPECT_THROW(read_whole(directory.path() + "/file", 2), os_linux::Failure);
  EXPECT_EQ(names_in(directory.path()), std::vector<std::string>{"file"});
}

TEST(PrivateDirectory, must_be_ours_alone) {
  const TemporaryDirectory directory;
  const auto open = directory.path() + "/open";
  std::filesystem::create_directory(open);
  std::filesystem::permissions(open, std::filesystem::perms::all);
  EXPECT_THROW(make_private_directory(open), os_linux::Failure);
}

}  // namespace
}  // namespace utnt::fleet
