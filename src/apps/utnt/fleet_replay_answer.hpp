// SPDX-License-Identifier: BSD-2-Clause
// What a run found, without when it found it: two deployments that measured the same network answer alike, whatever
// carried them.
#pragma once

#include <string>
#include <string_view>

namespace utnt::apps {

struct Answer {
  /// SHA-256 over the hops and tunnels: addresses, TTLs, kinds, marks, classes; no times, no identifiers. Empty when
  /// there is no trace.
  std::string digest;
  std::string tunnels;  ///< for people: "CLASS INGRESS EGRESS HIDDEN", commas between several
};
/// Of JSON lines as runs write them; other lines are passed over.
Answer answer_of(std::string_view json_lines);

}  // namespace utnt::apps
