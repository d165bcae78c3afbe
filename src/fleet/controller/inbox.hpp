// SPDX-License-Identifier: BSD-2-Clause
// Results of one node that are on their way: pieces in order, from the beginning; a gap is waited for, a piece that
// does not follow is ignored (the agent offers the result again until it has a receipt). Bounded, whatever a node
// sends.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "fleet/transport/message.hpp"

namespace utnt::fleet {

struct ArrivedResult {
  std::string job;
  std::uint32_t attempt{0};
  std::string digest;     ///< of `bytes`, computed here
  std::string signature;  ///< as it came
  std::string bytes;
};

class Inbox {
 public:
  struct Limits {
    std::size_t results_max{64};
    std::uint64_t bytes_max{std::uint64_t{512} << 20};  ///< of all together
  };
  explicit Inbox(Limits limits) : limits_{limits} {}

  /// A result message. The whole result, once its last piece has come and its digest is the announced one; a result
  /// whose digest is another is dropped, and complaint() tells.
  std::optional<ArrivedResult> add(const Message& message);
  [[nodiscard]] std::string take_complaint();
  void clear();

 private:
  struct Part {
    ArrivedResult result;
    std::uint64_t total{0};
  };
  std::optional<ArrivedResult> finish(std::map<std::string, Part>::iterator part);

  Limits limits_;
  std::map<std::string, Part> parts_;
  std::uint64_t bytes_{0};
  std::string complaint_;
};

}  // namespace utnt::fleet
