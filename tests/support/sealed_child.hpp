// SPDX-License-Identifier: BSD-2-Clause
// Runs the body of a test in a child process inside a fresh sealed namespace: the test program itself never changes
// namespaces, and no test of ours sends a packet anywhere else.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>

#include "os_linux/failure.hpp"
#include "os_linux/namespaces.hpp"

namespace utnt::test_support {

enum class ChildResult : int { passed = 0, failed = 1, not_permitted = 77 };

/// Skips the calling test, loudly, where namespaces are not available to this user.
inline void run_in_sealed_child(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto result = ChildResult::failed;
    try {
      os_linux::enter_new_sealed_namespace();
      body();
      result = ::testing::Test::HasFailure() ? ChildResult::failed : ChildResult::passed;
    } catch (const os_linux::Failure& failure) {
      std::fprintf(stderr, "child: %s\n", failure.what());
      if (failure.code() == os_linux::ExitCode::not_permitted) result = ChildResult::not_permitted;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(static_cast<int>(result));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == static_cast<int>(ChildResult::not_permitted)) {
    GTEST_SKIP() << "namespaces are not permitted here";
  }
  EXPECT_EQ(WEXITSTATUS(status), 0) << "see the child's messages above";
}

}  // namespace utnt::test_support
