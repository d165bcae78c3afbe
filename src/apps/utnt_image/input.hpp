// SPDX-License-Identifier: BSD-2-Clause
// What to probe and what never to probe. Destinations come as dst= on the command line and as lines of the module,
//   ADDRESS [NUMBER]      one destination, and the number that the results give it (default: its place in the list)
//   !FIRST-LAST           addresses that no probe may go to, in ascending order, before the first destination
// Blank lines and lines that begin with '#' mean nothing. The module is read in place: a list of any length needs no
// memory beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "abi/command_line.hpp"
#include "base/bytes.hpp"
#include "core/engine.hpp"
#include "wire/address.hpp"

namespace utnt::image {

struct BlockedRange {
  std::uint32_t first{0};
  std::uint32_t last{0};
};

/// One line of a module.
struct InputLine {
  enum class Kind : std::uint8_t { nothing, destination, blocked, mistake } kind{Kind::nothing};
  wire::Ipv4Address address{};
  std::uint32_t number{0};  ///< 0 = none given
  BlockedRange range{};
};
InputLine read_input_line(std::string_view line);

class Input {
 public:
  Input(std::string_view command_line, ConstBytes module);

  struct Survey {
    std::uint64_t destinations{0};
    std::uint64_t ranges{0};
    std::uint64_t bad_line{0};  ///< the first line that cannot be right, from 1; 0 = none
  };
  /// Goes through everything once.
  [[nodiscard]] Survey survey() const;
  /// Fills `ranges`, which has the size that survey() told.
  void read_ranges(std::span<BlockedRange> ranges) const;

  /// The seam of core/drive.hpp: the next destination.
  std::optional<core::TraceRequest> next();

 private:
  class Lines {
   public:
    explicit Lines(std::string_view text) : rest_{text} {}
    std::optional<std::string_view> next();

   private:
    std::string_view rest_;
  };

  std::string_view module_;
  abi::CommandLine words_;
  Lines lines_;
  std::uint32_t place_{0};
};

/// For core::EngineConfig::blocked.
struct BlockedRanges {
  std::span<const BlockedRange> ranges;
  static bool blocks(const void* context, const wire::IpAddress& address);
};

}  // namespace utnt::image
