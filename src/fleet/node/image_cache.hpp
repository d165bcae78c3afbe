// SPDX-License-Identifier: BSD-2-Clause
// Images by their SHA-256, on the node's disk. A signature is verified when an image enters, the digest before every
// start; what does not match is thrown away and fetched again. The least recently used make room for new ones.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace utnt::fleet {

class ImageCache {
 public:
  struct Limits {
    std::uint64_t bytes_max{std::uint64_t{64} << 20};   ///< of all images
    std::uint64_t image_max{std::uint64_t{512} << 20};  ///< of one
  };
  /// Whether these are the bytes of an image that we may run, by their signature; returns why not, or nothing.
  using Verify = std::function<std::optional<std::string>(const std::string& path, const std::string& signature)>;

  ImageCache(std::string directory, Limits limits, Verify verify);

  /// Path of the image, after its digest was computed anew; nothing: not here (a damaged one is removed).
  std::optional<std::string> find(const std::string& digest);

  /// How much of it has come: where to go on after a cut link.
  [[nodiscard]] std::uint64_t received(const std::string& digest) const;
  enum class Progress : std::uint8_t { more, complete, rejected };
  /// The next piece. `offset` must be received(digest), else nothing happens (a repeated or overtaking piece). When the
  /// whole has come it is verified: complete, or rejected for complaint().
  Progress add(const std::string& digest, std::uint64_t offset, std::uint64_t total, ConstBytes piece,
               const std::string& signature);
  /// Throws away what has come of it.
  void forget(const std::string& digest);
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  [[nodiscard]] std::string path_of(const std::string& digest) const;
  [[nodiscard]] std::string part_of(const std::string& digest) const;
  Progress reject(const std::string& digest, std::string why);
  Progress admit(const std::string& digest, const std::string& signature);
  void make_room(const std::string& digest, std::uint64_t bytes);

  std::string directory_;
  Limits limits_;
  Verify verify_;
  std::string complaint_;
};

}  // namespace utnt::fleet
