// SPDX-License-Identifier: BSD-2-Clause
// One run of `utnt run` from checked options to exit code: the campaign's input becomes that of one or more images, a
// tender starts them, and their record streams become the campaign's results.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/utnt/campaign.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/run_instances.hpp"
#include "apps/utnt/run_network.hpp"
#include "apps/utnt/run_options.hpp"
#include "apps/utnt/tender_choice.hpp"

namespace utnt::apps {

class ImageLaunch {
 public:
  /// `options` must outlive the launch.
  explicit ImageLaunch(const RunOptions& options);
  /// Throws Failure for everything that keeps the run from starting or from writing its results.
  ExitCode run();

 private:
  /// Chooses who starts the image, and says why when nobody was named.
  void choose_tender(tender::NicKind nic);
  /// As many as were asked for, and as there are destinations.
  [[nodiscard]] std::uint32_t instances() const;
  std::vector<tender::RunRequest> make_requests(const RunNetwork& network);
  tender::RunRequest make_request(const RunNetwork& network, const ImageModule& module, std::uint32_t place);
  std::vector<FinishedInstance> run_all(std::vector<tender::RunRequest> requests);
  void report(const std::vector<FinishedInstance>& finished, const tender::RunRequest& request);
  ExitCode finish(const std::vector<FinishedInstance>& finished);

  const RunOptions& options_;
  Campaign campaign_;
  std::string tender_;
  tender::KvmFinding kvm_;
  std::vector<std::unique_ptr<tender::NetworkSetup>> networks_;  ///< made for this run, gone with it
  results::Summary summary_;
  std::uint64_t image_bytes_{0};
};

}  // namespace utnt::apps
