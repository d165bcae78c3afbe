// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/virtio/device_word.hpp"

#include "abi/command_line.hpp"

namespace utnt::unikernel::virtio {

Result<DeviceWord> parse_device_word(std::string_view value) {
  const auto at = value.find('@');
  if (at == std::string_view::npos) return Fail{Error::malformed};
  auto size = value.substr(0, at);
  auto rest = value.substr(at + 1);
  unsigned shift = 0;
  if (!size.empty()) {
    const char unit = size.back();
    shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    if (shift != 0) size.remove_suffix(1);
  }
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos) return Fail{Error::malformed};
  auto line = rest.substr(colon + 1);
  line = line.substr(0, line.find(':'));
  UTNT_TRY(const auto bytes, abi::parse_number(size));
  UTNT_TRY(const auto base, abi::parse_number(rest.substr(0, colon)));
  UTNT_TRY(const auto number, abi::parse_number(line));
  constexpr std::uint64_t bytes_min = 0x200, bytes_max = std::uint64_t{1} << 30, line_max = 255;
  if (bytes > bytes_max >> shift || bytes << shift < bytes_min || number > line_max)
    return Fail{Error::invalid_argument};
  return DeviceWord{bytes << shift, base, static_cast<std::uint32_t>(number)};
}

}  // namespace utnt::unikernel::virtio
