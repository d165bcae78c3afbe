// SPDX-License-Identifier: BSD-2-Clause
// What `utnt run` tells about its instances beside the results: who starts them and why, how fast each started, what it
// used, how it ended.
#pragma once

#include <cstdint>
#include <string>

#include "apps/utnt/tender_choice.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

struct InstanceFacts {
  std::string tender;
  std::string image;
  std::size_t number{1};  ///< of so many
  std::size_t count{1};
  std::uint64_t image_bytes{0};
  std::uint64_t memory_bytes{0};
  std::uint64_t bytes_in{0};  ///< input and command line
  bool shares_clock{true};    ///< the program's clock is ours
  bool has_started{true};
  const tender::RunOutcome& outcome;
};

/// One JSON object of type "instance". Fields: docs/reference/image.md.
std::string instance_json(const InstanceFacts& facts);
/// One line for people.
std::string instance_text(const InstanceFacts& facts);

/// One JSON object of type "tender".
std::string tender_json(const TenderChoice& choice, const tender::KvmFinding& kvm);

}  // namespace utnt::apps
