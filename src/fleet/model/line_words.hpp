// SPDX-License-Identifier: BSD-2-Clause
// A line of an event list as words: blanks between, a word that begins with `#` ends the line, double quotes keep
// blanks together (nodes="tag:eu and not tag:slow") and vanish.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// Throws std::invalid_argument when a quote is not closed.
std::vector<std::string> line_words(std::string_view line);

}  // namespace utnt::fleet
