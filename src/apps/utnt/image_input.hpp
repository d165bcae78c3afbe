// SPDX-License-Identifier: BSD-2-Clause
// What the image is told: options of `utnt trace` as words of its command line, destinations and block list as lines of
// its module. The other side is src/apps/utnt_image.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/utnt/block_list.hpp"
#include "apps/utnt/targets.hpp"
#include "core/config.hpp"

namespace utnt::apps {

/// What the options do not say about the run.
struct ImageFacts {
  std::string host{};
  std::string list_name{};
  std::uint32_t cycle{0};
  std::string address{};      ///< A.B.C.D/LENGTH; empty: by DHCP
  std::string gateway{};      ///< empty: none
  std::string gateway_mac{};  ///< empty: the image asks for it
  std::uint64_t targets{0};
  std::optional<std::uint64_t> hold_ms{};  ///< idle so long instead of probing
  std::uint32_t window{1000};
  bool has_traces{false};  ///< the sizes of `config` are wanted exactly; otherwise the image fits them to its memory
  bool has_addresses{false};
  bool has_tunnels{false};
};

std::string image_command_line(const core::EngineConfig& config, const ImageFacts& facts);

struct ImageModule {
  std::string text;
  std::uint64_t targets{0};
};
/// Draws everything from `source`, in its order.
ImageModule image_module(TargetSource& source, const BlockList& block_list);
/// The same for several images: each gets every `count`th destination, all get the block list.
std::vector<ImageModule> image_modules(TargetSource& source, const BlockList& block_list, std::size_t count);

}  // namespace utnt::apps
