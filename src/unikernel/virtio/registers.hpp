// SPDX-License-Identifier: BSD-2-Clause
// Numbers of the virtio standard, version 1: registers of the memory-mapped transport, states, features, device kinds.
// Sources: Virtual I/O Device (VIRTIO) 1.1, sections 2.1, 4.2.2, 5; the unikernel specification, section 6.
#pragma once

#include <cstdint>

namespace utnt::unikernel::virtio {

enum Register : std::uint32_t {
  magic = 0x000,
  version = 0x004,
  device_kind = 0x008,
  device_features = 0x010,
  device_features_select = 0x014,
  driver_features = 0x020,
  driver_features_select = 0x024,
  queue_select = 0x030,
  queue_size_max = 0x034,
  queue_size = 0x038,
  queue_ready = 0x044,
  queue_notify = 0x050,
  interrupt_status = 0x060,
  interrupt_acknowledge = 0x064,
  device_status = 0x070,
  queue_descriptors = 0x080,  ///< low half; the high one follows
  queue_driver = 0x090,
  queue_device = 0x0a0,
  configuration_generation = 0x0fc,
  configuration = 0x100,
};

inline constexpr std::uint32_t magic_value = 0x7472'6976;
inline constexpr std::uint32_t version_legacy = 1, version_modern = 2;

enum Status : std::uint32_t {
  acknowledged = 1,
  driver = 2,
  driver_ok = 4,
  features_ok = 8,
  failed = 128,
};

enum class DeviceKind : std::uint32_t { none = 0, net = 1, block = 2, console = 3, entropy = 4 };

namespace feature {
inline constexpr std::uint64_t block_read_only = std::uint64_t{1} << 5;
inline constexpr std::uint64_t block_flush = std::uint64_t{1} << 9;
inline constexpr std::uint64_t net_mtu = std::uint64_t{1} << 3;
inline constexpr std::uint64_t net_mac = std::uint64_t{1} << 5;
inline constexpr std::uint64_t net_merge_buffers = std::uint64_t{1} << 15;
inline constexpr std::uint64_t event_index = std::uint64_t{1} << 29;
inline constexpr std::uint64_t version_1 = std::uint64_t{1} << 32;
}  // namespace feature

}  // namespace utnt::unikernel::virtio
