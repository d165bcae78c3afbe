// SPDX-License-Identifier: BSD-2-Clause
// What a run found, without when it found it: two deployments that measured the same network answer alike, whatever
// carried them.
#pragma once

#include <string>
#include <string_view>

namespace utnt::apps {

/// SHA-256 over the hops and tunnels of JSON lines as runs write them: addresses, TTLs, kinds, marks, classes; no
/// times, no identifiers. Empty when there is no trace in them.
std::string answer_digest(std::string_view json_lines);

}  // namespace utnt::apps
