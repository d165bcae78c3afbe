// SPDX-License-Identifier: BSD-2-Clause
// One run of `utnt run` from checked options to exit code: the campaign's input becomes that of an image, a tender
// starts it, and its record stream becomes the campaign's results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/utnt/campaign.hpp"
#include "apps/utnt/run_options.hpp"
#include "results/frame_reader.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

class ImageLaunch {
 public:
  /// `options` must outlive the launch.
  explicit ImageLaunch(const RunOptions& options);
  /// Throws Failure for everything that keeps the run from starting or from writing its results.
  ExitCode run();

 private:
  /// Chooses who starts the image, and says why when nobody was named.
  void choose_tender();
  tender::RunRequest make_request(const RunNetwork& network);
  /// Starts the image and takes its results until it ends.
  tender::RunOutcome run_instance(tender::RunRequest request);
  ExitCode finish(const tender::RunOutcome& outcome);

  const RunOptions& options_;
  Campaign campaign_;
  std::string tender_;
  results::Summary summary_;
  std::string stream_complaint_;
  std::uint64_t image_bytes_{0};
};

}  // namespace utnt::apps
