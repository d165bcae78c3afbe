// SPDX-License-Identifier: BSD-2-Clause
// Starts utnt-tender with exactly the descriptors that its arguments name, an empty environment and a process group of
// its own, so that the terminal's signals reach only us.
#pragma once

#include <string>
#include <vector>

namespace utnt::tender {

/// The words of a command line for exec; each option with its value.
class ArgumentList {
 public:
  explicit ArgumentList(std::string program) { words_.push_back(std::move(program)); }
  void add(std::string word) { words_.push_back(std::move(word)); }
  void add(std::string option, std::string value) {
    add(std::move(option));
    add(std::move(value));
  }
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

/// The process ID. Throws os_linux::Failure.
int spawn(const ArgumentList& arguments, const std::vector<int>& descriptors);

/// Path of utnt-tender: beside our own program, or where packages put it. Throws os_linux::Failure.
std::string find_tender_program();

}  // namespace utnt::tender
