// SPDX-License-Identifier: BSD-2-Clause
// What a controller sends to `utnt-node probe`: the images that the node is to try, on one standard input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

struct ProbeImage {
  std::string tender;  ///< process, qemu; of the other variants: container, vm
  std::string bytes;
};

struct ProbeRequest {
  bool enrols{false};  ///< makes the node's key when there is none
  std::vector<ProbeImage> images;
};

/// One line of JSON ({"enrol":true,"images":[{"tender":"process","bytes":204800}]}), then the images' bytes.
std::string write_probe_request(const ProbeRequest& request);
/// Throws std::invalid_argument: what was expected.
ProbeRequest parse_probe_request(std::string_view text);
inline constexpr std::size_t probe_request_max = std::size_t{64} << 20;

}  // namespace utnt::fleet
