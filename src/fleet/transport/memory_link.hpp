// SPDX-License-Identifier: BSD-2-Clause
// Two links joined in memory, in virtual time: what the fleet is tested against. Seeded: messages are lost, repeated
// and overtaken, the pair is cut, and each direction holds a bounded number of messages. What it does to messages any
// transport may do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet {

struct MemoryFaults {
  std::uint64_t seed{1};
  std::uint32_t lost_permille{0};
  std::uint32_t repeated_permille{0};
  std::uint32_t late_permille{0};  ///< how many are late by up to late_max, and are overtaken so
  Duration delay{0};
  Duration late_max{0};
  std::size_t capacity{1000};             ///< messages under way in each direction; one more is not taken
  std::optional<std::uint64_t> cut_at{};  ///< cut when so many messages were sent, both directions together
};

struct MemoryCounts {
  std::uint64_t sent{0}, lost{0}, repeated{0}, late{0};
};

/// The two ends live as long as the pair, and so does the clock.
class MemoryPair {
 public:
  MemoryPair(const Instant& now, const MemoryFaults& faults);
  MemoryPair(const MemoryPair&) = delete;
  MemoryPair& operator=(const MemoryPair&) = delete;
  ~MemoryPair();

  Link& near();
  Link& far();
  /// Both ends closed; what is under way is lost.
  void cut(const std::string& why);
  [[nodiscard]] const MemoryCounts& counts() const { return counts_; }

 private:
  class End;
  /// One direction: what is under way, by its arrival.
  using Way = std::multimap<Instant, Message>;

  bool send(Way& way, const Message& message);
  std::optional<Message> receive(Way& way);

  const Instant& now_;
  MemoryFaults faults_;
  MemoryCounts counts_;
  Prng prng_;
  Way to_near_, to_far_;
  std::string why_;
  bool is_open_{true};
  std::unique_ptr<End> near_, far_;
};

}  // namespace utnt::fleet
