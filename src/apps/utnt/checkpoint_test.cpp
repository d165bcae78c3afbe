// SPDX-License-Identifier: BSD-2-Clause
// The checkpoint after every kind of interruption: cut at any byte, changed anywhere, another campaign's, another
// boot's.
#include "apps/utnt/checkpoint.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "apps/utnt/command.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::apps {
namespace {

constexpr Checkpoint::Campaign campaign{.config_hash = 42, .destinations = 100, .seed = 7};

class CheckpointFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string contents() const { return test::file_text(path); }
  void replace_contents(const std::string& bytes) const { test::write_file(path, bytes); }
  ExitCode code_of_opening(const Checkpoint::Campaign& wanted) const {
    try {
      const Checkpoint checkpoint{path, wanted};
    } catch (const Failure& failure) {
      return failure.code();
    }
    return ExitCode::done;
  }
  test::TemporaryDirectory directory;
  std::string path = directory / "run.checkpoint";
};

TEST_F(CheckpointFile, remembers_what_is_done_how_long_the_output_was_and_the_seed) {
  {
    Checkpoint checkpoint{path, campaign};
    EXPECT_FALSE(checkpoint.is_resumed());
    checkpoint.begin({10, 0});
    checkpoint.done(3, {110, 5});
    checkpoint.done(99, {210, 6});
  }
  const Checkpoint again{path, {.config_hash = 42, .destinations = 100, .seed = 1234}};
  EXPECT_TRUE(again.is_resumed());
  EXPECT_EQ(again.seed(), 7U);
  EXPECT_EQ(again.done_count(), 2U);
  EXPECT_TRUE(again.is_done(3));
  EXPECT_TRUE(again.is_done(99));
  EXPECT_FALSE(again.is_done(4));
  EXPECT_EQ(again.position(), (Checkpoint::Position{210, 6}));
  EXPECT_FALSE(again.is_finished());
}

TEST_F(CheckpointFile, without_a_session_is_no_resumption_but_keeps_its_seed) {
  { const Checkpoint created{path, campaign}; }
  const Checkpoint again{path, {.config_hash = 42, .destinations = 100, .seed = 1234}};
  EXPECT_FALSE(again.is_resumed());
  EXPECT_EQ(again.seed(), 7U);
}

TEST_F(CheckpointFile, knows_a_finished_run) {
  { Checkpoint{path, campaign}.finished({500, 0}); }
  EXPECT_TRUE((Checkpoint{path, campaign}.is_finished()));
}

TEST_F(CheckpointFile, of_another_campaign_is_refused_and_left_alone) {
  { Checkpoint{path, campaign}.begin({1, 0}); }
  const auto before = contents();
  EXPECT_EQ(code_of_opening({.config_hash = 43, .destinations = 100, .seed = 7}), ExitCode::bad_input);
  EXPECT_EQ(code_of_opening({.config_hash = 42, .destinations = 101, .seed = 7}), ExitCode::bad_input);
  EXPECT_EQ(contents(), before);
}

TEST_F(CheckpointFile, that_is_something_else_is_refused_and_left_alone) {
  for (const std::string other : {"x", "my thesis, only copy\n", "utntckp2 and more"}) {
    replace_contents(other);
    EXPECT_EQ(code_of_opening(campaign), ExitCode::bad_input);
    EXPECT_EQ(contents(), other);
  }
}

TEST_F(CheckpointFile, is_locked_while_a_run_uses_it) {
  const Checkpoint first{path, campaign};
  EXPECT_EQ(code_of_opening(campaign), ExitCode::bad_input);
}

TEST_F(CheckpointFile, cut_at_any_byte_keeps_every_whole_record_before) {
  {
    Checkpoint checkpoint{path, campaign};
    checkpoint.begin({10, 0});
    for (std::uint64_t i = 0; i < 5; ++i) checkpoint.done(i, {20 + i, 0});
  }
  const auto whole = contents();
  constexpr std::size_t header = 40;
  constexpr std::size_t record = 32;
  for (std::size_t cut = 8; cut < whole.size(); ++cut) {
    replace_contents(whole.substr(0, cut));
    const Checkpoint checkpoint{path, campaign};
    const auto records = cut < header ? 0 : (cut - header) / record;
    const auto done = records < 2 ? 0 : records - 2;  // the session's two records come first
    EXPECT_EQ(checkpoint.done_count(), done) << "cut at " << cut;
    EXPECT_EQ(checkpoint.position().output, records < 2 ? 0 : done == 0 ? 10 : 19 + done);
  }
}

TEST_F(CheckpointFile, changed_anywhere_never_gains_a_destination) {
  {
    Checkpoint checkpoint{path, campaign};
    checkpoint.begin({10, 0});
    for (std::uint64_t i = 0; i < 5; ++i) checkpoint.done(i, {20 + i, 0});
  }
  const auto whole = contents();
  for (std::size_t at = 40; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    replace_contents(changed);
    const Checkpoint checkpoint{path, campaign};
    for (std::uint64_t i = 5; i < 100; ++i) ASSERT_FALSE(checkpoint.is_done(i));
    for (std::uint64_t i = checkpoint.done_count(); i < 5; ++i) ASSERT_FALSE(checkpoint.is_done(i));
  }
}

TEST_F(CheckpointFile, continues_after_a_torn_record) {
  {
    Checkpoint checkpoint{path, campaign};
    checkpoint.begin({10, 0});
    checkpoint.done(1, {20, 0});
    checkpoint.done(2, {30, 0});
  }
  auto bytes = contents();
  bytes.resize(bytes.size() - 7);
  replace_contents(bytes);
  {
    Checkpoint checkpoint{path, campaign};
    EXPECT_EQ(checkpoint.position().output, 20U);
    checkpoint.begin({20, 0});
    checkpoint.done(5, {44, 0});
  }
  const Checkpoint last{path, campaign};
  EXPECT_EQ(last.done_count(), 2U);
  EXPECT_TRUE(last.is_done(5));
  EXPECT_EQ(last.position().output, 44U);
}

TEST_F(CheckpointFile, of_another_boot_counts_only_up_to_what_was_synced) {
  {
    Checkpoint checkpoint{path, campaign};
    checkpoint.begin({10, 0});
    checkpoint.done(1, {20, 0});
    checkpoint.synced({20, 0});
    checkpoint.done(2, {30, 0});
  }
  auto bytes = contents();
  // The session record says which boot wrote it; without a readable one no boot is the current one. It is the first
  // record: drop it, and the rest stands without a session.
  bytes.erase(40, 32);
  replace_contents(bytes);
  const Checkpoint checkpoint{path, campaign};
  EXPECT_TRUE(checkpoint.is_done(1));
  EXPECT_FALSE(checkpoint.is_done(2));
  EXPECT_EQ(checkpoint.position().output, 20U);
}

TEST_F(CheckpointFile, in_a_missing_directory_is_an_error) {
  EXPECT_THROW(Checkpoint("/nonexistent/run", campaign), Failure);
}

}  // namespace
}  // namespace utnt::apps
