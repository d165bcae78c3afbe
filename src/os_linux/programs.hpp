// SPDX-License-Identifier: BSD-2-Clause
// Other programs of this machine: where they are, and their words as the system wants them. Source: execve(2),
// environ(7).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace utnt::os_linux {

/// Path of a program in $PATH, or where one would look without that; nothing when it is not installed.
std::optional<std::string> find_program(const std::string& name);

/// A pointer to each of the words, which must outlive it, and the null that ends them.
std::vector<char*> pointers_to(std::span<const std::string> words);

}  // namespace utnt::os_linux
