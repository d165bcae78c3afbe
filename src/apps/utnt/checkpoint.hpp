// SPDX-License-Identifier: BSD-2-Clause
// Which destinations of a campaign are finished and how long the output was then, so that the same command continues
// after any interruption: a signal, kill -9, a power cut. Format: docs/reference/checkpoint.md.
// The file only grows. A record counts for the boot that wrote it; after a reboot only what was on the disk counts,
// that is, what stands before the last `synced` record, which is written after the output itself was synced.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os_linux/unique_fd.hpp"

namespace utnt::apps {

class Checkpoint {
 public:
  /// Lengths of the output and of the file beside it (0 when there is none).
  struct Position {
    std::uint64_t output{0};
    std::uint64_t sidecar{0};
    friend bool operator==(const Position&, const Position&) = default;
  };

  /// What the checkpoint belongs to. `config_hash` covers the destinations and every option that shapes the results.
  struct Campaign {
    std::uint64_t config_hash{0};
    std::uint64_t destinations{0};
    std::uint64_t seed{0};  ///< used for a new checkpoint; an existing one has its own, see seed()
  };

  /// Opens `path`, or creates it. Throws Failure: bad_input when it is another campaign's, no checkpoint, or in use.
  Checkpoint(const std::string& path, const Campaign& campaign);

  /// True when an earlier run got as far as begin().
  [[nodiscard]] bool is_resumed() const { return is_resumed_; }
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] bool is_done(std::uint64_t index) const { return done_[index]; }
  /// Destinations that earlier runs finished.
  [[nodiscard]] std::uint64_t done_count() const { return done_count_; }
  /// Lengths of the files up to which the finished destinations reach.
  [[nodiscard]] Position position() const { return position_; }

  /// Begins a session; the output is open and has been cut to `position`.
  void begin(Position position);
  /// Destination `index` is in the output, which has been flushed to `position`.
  void done(std::uint64_t index, Position position);
  /// Everything up to `position` has reached the disk.
  void synced(Position position);
  /// The run is complete, summary included, and synced.
  void finished(Position position);

 private:
  void create(const Campaign& campaign);
  void load(const Campaign& campaign, std::uint64_t size);
  void append(std::uint8_t kind, std::uint32_t index, std::uint64_t a, std::uint64_t b);
  void sync();

  std::string path_;
  os_linux::UniqueFd fd_;
  std::uint64_t seed_{0};
  bool is_resumed_{false};
  bool is_finished_{false};
  Position position_;
  std::uint64_t done_count_{0};
  std::vector<bool> done_;
};

}  // namespace utnt::apps
