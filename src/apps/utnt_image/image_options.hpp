// SPDX-License-Identifier: BSD-2-Clause
// The command line of the prober's image: keys named like the options of `utnt trace`, and the network of net0.
// docs/reference/image.md lists them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/command_line.hpp"
#include "core/config.hpp"
#include "unikernel/net/edge_config.hpp"

namespace utnt::image {

/// A text of the command line, where %XX stands for a byte that a word cannot hold.
class Text {
 public:
  static constexpr std::size_t bytes_max = 255;
  /// False when `encoded` is malformed or too long.
  bool assign(std::string_view encoded);
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, bytes_max> bytes_;  ///< size_ says how many of them mean anything
  std::size_t size_{0};
};

struct ImageOptions {
  core::EngineConfig config;  ///< all but the sizes of the tables, which depend on memory; views point into this object
  bool has_seed{false};
  std::uint32_t window{1000};                               ///< traces in flight, as far as memory allows
  std::optional<std::uint32_t> traces, addresses, tunnels;  ///< exact sizes
  std::optional<std::uint64_t> targets;                     ///< how many the input must hold
  std::optional<std::uint32_t> hold_ms;                     ///< idle so long instead of probing
  std::uint32_t cycle{0};
  Text host, list_name, attribution;
  unikernel::EdgeConfig network;
  bool wants_lease{false};  ///< address and gateway come by DHCP

  ImageOptions() = default;
  ImageOptions(const ImageOptions&) = delete;
  ImageOptions& operator=(const ImageOptions&) = delete;
};

struct Mistake {
  std::string_view what;
  abi::Word word;
};

/// Reads all words into `options`; the first that cannot be right, or nothing.
std::optional<Mistake> parse_options(std::string_view command_line, ImageOptions& options);

}  // namespace utnt::image
