// SPDX-License-Identifier: BSD-2-Clause
// Why the store cannot be opened, read or written: a kind for programs, a message that says what to do for people.
#pragma once

#include <cstdint>
#include <string>

#include "os_linux/failure.hpp"

namespace utnt::fleet {

enum class StoreProblem : std::uint8_t {
  locked,     ///< another controller has it open, or another program holds it in a long transaction (exit 4)
  full,       ///< no space left (exit 4)
  corrupt,    ///< damaged, or not a store at all (exit 2)
  newer,      ///< written by a newer version (exit 2)
  read_only,  ///< no permission to write (exit 3)
  missing,    ///< there is no such file, and it was to be read (exit 2)
  conflict,   ///< a change that the rules forbid, such as of a final state (exit 1)
  other,      ///< input/output error and the like (exit 4)
};

class StoreFailure : public os_linux::Failure {
 public:
  StoreFailure(StoreProblem problem, const std::string& message)
      : Failure{exit_code(problem), message}, problem_{problem} {}
  [[nodiscard]] StoreProblem problem() const noexcept { return problem_; }

 private:
  static os_linux::ExitCode exit_code(StoreProblem problem) {
    using os_linux::ExitCode;
    switch (problem) {
      case StoreProblem::corrupt:
      case StoreProblem::newer:
      case StoreProblem::missing:
        return ExitCode::bad_input;
      case StoreProblem::read_only:
        return ExitCode::not_permitted;
      case StoreProblem::conflict:
        return ExitCode::done_with_failures;
      case StoreProblem::locked:
      case StoreProblem::full:
      case StoreProblem::other:
        break;
    }
    return ExitCode::environment;
  }
  StoreProblem problem_;
};

}  // namespace utnt::fleet
