// SPDX-License-Identifier: BSD-2-Clause
// The arguments of utnt-tender, as its reader and its writer agree on them. Documented in docs/reference/tender.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "abi/boot_info.hpp"

namespace utnt::tender {

inline constexpr std::uint64_t memory_default = std::uint64_t{4} << 20;
inline constexpr std::size_t command_line_max = 16'384;

struct Arguments {
  std::string_view image;  ///< a path, or fd:NUMBER
  std::string_view module_file;
  std::string_view command_line;
  std::uint64_t memory_bytes{memory_default};
  std::array<abi::BootNic, abi::boot_nics_max> nics{};
  unsigned nic_count{0};
  std::int32_t record_fd{-1};
  std::int32_t log_fd{2};
  std::uint64_t tsc_hz{0};
  bool distrusts_tsc{false};
  std::uint64_t epoch_ns{0};  ///< 0: of the kernel
  std::array<std::uint8_t, 32> seed{};
  bool has_seed{false};
  std::uint64_t parent{0};  ///< its death ends the image; 0: nobody's
  bool traces{false};
};

/// Reads the words behind the program's name. Returns the word that cannot be understood, or an empty text.
std::string_view read_arguments(const char* const* words, Arguments& out);

/// NUMBER of "fd:NUMBER"; -1 when `text` is a path.
std::int32_t descriptor_of(std::string_view text);

}  // namespace utnt::tender
