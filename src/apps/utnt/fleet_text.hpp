// SPDX-License-Identifier: BSD-2-Clause
// Printing what came from elsewhere: nodes, files and the network may write anything.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace utnt::apps {

/// One line of plain characters, cut to a length that fits a screen.
std::string printable(const std::string& text);
/// One line on standard output; what is no UTF-8 is replaced.
void print_json(const nlohmann::ordered_json& json);

}  // namespace utnt::apps
