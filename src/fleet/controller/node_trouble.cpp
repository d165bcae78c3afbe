// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/node_trouble.hpp"

#include <fmt/format.h>

#include "fleet/model/duration_text.hpp"

namespace utnt::fleet {

std::string trouble_text(const NodeTrouble& trouble) {
  if (trouble.is_given_up) return "given up: " + trouble.why;
  const auto next = fmt::format("try {} in {}, given up in {}", trouble.tries + 1, duration_words(trouble.next_try),
                                duration_words(trouble.given_up_in));
  if (trouble.is_repeated) return "still not connected; " + next;
  return fmt::format("not connected: {}; {}", trouble.why, next);
}

}  // namespace utnt::fleet
