// SPDX-License-Identifier: BSD-2-Clause
// One story of the demo again, in real time and from inside the unikernel: the lab serves the network on a Unix socket,
// the image boots against it, and what it found is compared with the truth. No privilege, no network, no KVM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/utnt/demo_story.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

struct ImageStory {
  std::string tender;
  std::uint64_t image_bytes{0};
  std::uint64_t memory_bytes{0};
  bool shares_clock{true};  ///< the program's clock is ours
  DemoStory story;
  tender::RunOutcome outcome;
};

/// Tenders that this machine can use here, weakest needs first; none when no image is installed beside the program.
std::vector<std::string> demo_tenders();

/// Ends early when `stop_descriptor` becomes readable. Throws Failure when the image cannot be started.
ImageStory tell_in_image(const std::string& scenario, const std::string& tender, int stop_descriptor);

/// As text.
std::string render(const ImageStory& told, bool color);

}  // namespace utnt::apps
