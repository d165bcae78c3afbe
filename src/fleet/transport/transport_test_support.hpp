// SPDX-License-Identifier: BSD-2-Clause
// What the tests of ssh and staging share: a directory of their own, errors as text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "fleet/transport/child_process.hpp"
#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet::test {

using utnt::test::contains;
using utnt::test::file_text;
using utnt::test::TemporaryDirectory;
using utnt::test::write_file;

/// The message of the Failure that `call` throws; empty when it throws none.
template <class Call>
std::string failure_of(Call call) {
  try {
    call();
  } catch (const os_linux::Failure& failure) {
    return failure.what();
  }
  return {};
}

inline bool has_program(const std::string& name) {
  return run_command({.words = {"sh", "-c", "command -v " + name}}, {}).exit_status == 0;
}

}  // namespace utnt::fleet::test
