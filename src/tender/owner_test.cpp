// SPDX-License-Identifier: BSD-2-Clause
// Whether the maker of something is still there.
#include "tender/owner.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace utnt::tender {
namespace {

TEST(Owner, is_read_back_from_its_text) {
  const auto self = Owner::self();
  EXPECT_EQ(self.process_id, ::getpid());
  EXPECT_GT(self.start_ticks, 0U);
  EXPECT_EQ(Owner::parse(self.text()), self);
  EXPECT_EQ(Owner::parse(self.text() + "-17"), self);
}

TEST(Owner, of_other_text_is_none) {
  for (const auto* text : {"", "1", "1-2", "a-2-3", "1-2-x", "1-2-3x", "1-0-3", "1-9999999-3", "-1-2-3", "1--2-3"})
    EXPECT_FALSE(Owner::parse(text).has_value()) << text;
}

TEST(Owner, that_runs_is_not_gone) { EXPECT_FALSE(Owner::self().is_gone()); }

TEST(Owner, whose_number_another_process_has_is_gone) {
  auto other = Owner::self();
  ++other.start_ticks;
  EXPECT_TRUE(other.is_gone());
}

TEST(Owner, that_has_ended_is_gone_even_before_anybody_waits_for_it) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto text = Owner::self().text();
    ::_exit(::write(ends[1], text.data(), text.size()) > 0 ? 0 : 1);
  }
  ::close(ends[1]);
  char text[64] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  ::close(ends[0]);
  const auto owner = Owner::parse(text);
  ASSERT_TRUE(owner.has_value());
  siginfo_t end{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &end, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(owner->is_gone());
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(owner->is_gone());
}

TEST(Owner, of_another_pid_namespace_is_never_called_gone) {
  auto other = Owner::self();
  ++other.pid_namespace;
  other.process_id = 4'000'000;
  EXPECT_FALSE(other.is_gone());
}

}  // namespace
}  // namespace utnt::tender
