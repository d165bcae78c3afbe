// SPDX-License-Identifier: BSD-2-Clause
// Fetches one image by HTTP or HTTPS into the cache, by the node's own `curl`: the agent stays small and has no TLS of
// its own. Goes on where it was cut off, as long as it brings something; never writes more than was announced.
// Whether the bytes are the image is the cache's business. Source: curl(1), "EXIT CODES".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "fleet/model/image_url.hpp"
#include "fleet/node/image_cache.hpp"
#include "fleet/transport/child_process.hpp"

namespace utnt::fleet {

struct FetchLimits {
  Duration whole{600'000'000'000};   ///< then it is given up
  Duration stalled{20'000'000'000};  ///< a connection that brings nothing for so long is cut
  Duration pause{1'000'000'000};     ///< between tries
  std::uint32_t tries_max{2};        ///< in a row that bring nothing
  std::uint32_t redirects_max{3};
  std::string program{"curl"};
};

class ImageFetch {
 public:
  ImageFetch(std::string digest, std::uint64_t total, ImageSource source, Instant now, FetchLimits limits = {});

  enum class State : std::uint8_t { goes_on, complete, failed };
  /// Moves what there is to move, and no more than a mebibyte. After another state than goes_on it is over.
  State step(ImageCache& cache, Instant now);
  /// Why it failed.
  [[nodiscard]] const std::string& why() const { return why_; }
  /// For poll(): readable = call step(). -1: at wake_at().
  [[nodiscard]] int descriptor() const { return child_ ? child_->socket() : -1; }
  [[nodiscard]] Instant wake_at() const;

 private:
  State start(const ImageCache& cache, Instant now);
  State end_of_try(ImageCache& cache, Instant now);
  State try_again(std::string why, Instant now);
  State fail(std::string why);
  [[nodiscard]] Command command(std::uint64_t offset) const;

  std::string digest_;
  std::uint64_t total_;
  ImageSource source_;
  FetchLimits limits_;
  Instant deadline_;
  std::optional<ChildProcess> child_;
  Instant again_at_;
  std::uint64_t try_began_at_{0};  ///< bytes
  std::uint64_t next_{0};          ///< where in the image the next byte of this try belongs
  std::uint32_t tries_without_{0};
  bool has_begun_anew_{false};
  std::string why_;
};

}  // namespace utnt::fleet
