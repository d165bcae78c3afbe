// SPDX-License-Identifier: BSD-2-Clause
// Two shapes of options that repeat: a number with bounds, and a word out of a few. Both carry what the generated man
// page and the completions need.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace utnt::apps {

inline CLI::Option* number(CLI::Option* option, double lowest, double highest) {
  option->type_name("N")->check(CLI::Validator{CLI::Range(lowest, highest)}.description(""));
  return option->capture_default_str();
}

/// The words are kept in the type name as "a|b|c": the generators read them there.
inline CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words, bool shows_default = true) {
  option->type_name(CLI::detail::join(words, "|"))->check(CLI::Validator{CLI::IsMember(words)}.description(""));
  return shows_default ? option->capture_default_str() : option;
}

}  // namespace utnt::apps
