// SPDX-License-Identifier: BSD-2-Clause
// What `utnt run` tells about the instance beside the results: how fast it started, what it used, how it ended.
#pragma once

#include <cstdint>
#include <string>

#include "tender/tender.hpp"

namespace utnt::apps {

struct InstanceFacts {
  std::string tender;
  std::string image;
  std::uint64_t image_bytes{0};
  std::uint64_t memory_bytes{0};
  bool shares_clock{true};  ///< the program's clock is ours
  const tender::RunOutcome& outcome;
};

/// One JSON object of type "instance". Fields: docs/reference/image.md.
std::string instance_json(const InstanceFacts& facts);
/// One line for people.
std::string instance_text(const InstanceFacts& facts);

}  // namespace utnt::apps
