// SPDX-License-Identifier: BSD-2-Clause
// What the process tender hands to the image in its first argument: memory, devices and clocks that are ready to use.
// Little endian, fixed layout; both sides check magic, version and size. Source: the unikernel specification, section
// 12.2.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace utnt::abi {

inline constexpr std::uint32_t boot_info_magic = 0x3142'4b55;  ///< "UKB1"
inline constexpr std::uint32_t boot_info_version = 1;
inline constexpr unsigned boot_nics_max = 4;
/// As tsc_hz: the TSC does not run evenly here, ask the kernel for every time.
inline constexpr std::uint64_t tsc_unusable = ~std::uint64_t{0};

enum class NicKind : std::uint32_t {
  none = 0,
  frames = 1,  ///< one read or write a frame: TAP, or a connected Unix datagram socket
  ring = 2,    ///< AF_PACKET rings in the image's memory
};

struct BootNic {
  NicKind kind{NicKind::none};
  std::int32_t fd{-1};
  std::uint16_t mtu{1500};
  std::array<std::uint8_t, 6> mac{};
  std::uint64_t ring_base{0};
  std::uint64_t ring_bytes{0};
  std::uint32_t block_bytes{0};
  std::uint32_t block_count{0};
  std::uint32_t frame_bytes{0};
  std::uint32_t reserved{0};
};
static_assert(sizeof(BootNic) == 48);

struct BootInfo {
  std::uint32_t magic{boot_info_magic};
  std::uint32_t version{boot_info_version};
  std::uint32_t size{0};  ///< of this structure
  std::uint32_t nic_count{0};
  std::uint64_t memory_base{0};  ///< free memory for the program
  std::uint64_t memory_bytes{0};
  std::uint64_t image_end{0};
  std::uint64_t command_line{0};  ///< address of a text that ends with a zero byte
  std::uint64_t module_base{0};   ///< the input file, 0 = none
  std::uint64_t module_bytes{0};
  std::array<BootNic, boot_nics_max> nics{};
  std::int32_t record_fd{-1};
  std::int32_t log_fd{-1};
  std::uint64_t tsc_hz{0};    ///< 0 = not known: calibrate while running
  std::uint64_t mono0_ns{0};  ///< CLOCK_MONOTONIC when the TSC read tsc0
  std::uint64_t tsc0{0};
  std::uint64_t epoch0_ns{0};  ///< Unix time at mono0_ns
  std::array<std::uint8_t, 32> seed{};
};
static_assert(std::is_trivially_copyable_v<BootInfo>);
static_assert(sizeof(BootInfo) == 328);

}  // namespace utnt::abi
