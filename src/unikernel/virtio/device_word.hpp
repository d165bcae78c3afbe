// SPDX-License-Identifier: BSD-2-Clause
// Where a device is, as monitors say it on the command line: virtio_mmio.device=<size>[K|M|G]@<base>:<line>[:<id>].
// Source: the unikernel specification, section 5.1.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace utnt::unikernel::virtio {

inline constexpr std::string_view device_word_key = "virtio_mmio.device";

struct DeviceWord {
  std::uint64_t bytes{0};
  std::uint64_t base{0};
  std::uint32_t line{0};  ///< of the interrupt controller
};

/// Reads the value of the word. Errors: malformed, invalid_argument (too small for a device, or a line beyond 255).
Result<DeviceWord> parse_device_word(std::string_view value);

}  // namespace utnt::unikernel::virtio
