// SPDX-License-Identifier: BSD-2-Clause
// The virtio devices of a virtual machine: found on the command line, told apart by what they say they are.
// Source: the unikernel specification, sections 5 and 6.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "unikernel/arch/device_memory.hpp"
#include "unikernel/platform.hpp"
#include "unikernel/virtio/console.hpp"
#include "unikernel/virtio/net.hpp"

namespace utnt::unikernel::vm {

class Devices {
 public:
  static constexpr unsigned nics_max = 4;

  /// Brings up what the command line names. Takes what the devices need from the end of `memory`.
  void start(std::string_view command_line, MutableBytes& memory);
  /// Random bytes from the host. False: it offers none.
  bool read_entropy(MutableBytes out, MutableBytes& memory);

  /// Whether no card has received anything.
  [[nodiscard]] bool is_idle() const;
  /// Asks every card for an interrupt. False: one has something already.
  [[nodiscard]] bool sleep_needed();
  /// After sleeping: no interrupts any more.
  void silence();

  [[nodiscard]] std::span<const Nic> nics() const;
  /// A card whose ring broke counts as an overrun: what it still receives is lost.
  [[nodiscard]] ReceiveLosses losses() const;
  virtio::Net<arch::DeviceMemory>& card(unsigned nic) { return cards_[nic]; }
  [[nodiscard]] bool has_console() const { return has_console_; }
  virtio::Console<arch::DeviceMemory>& console() { return console_; }

 private:
  void start_device(std::string_view place, MutableBytes& memory);
  void start_card(arch::DeviceMemory registers, std::string_view place, MutableBytes& memory);

  static constexpr std::size_t roomy_bytes = 6 * 1024 * 1024;  ///< from here on cards get long rings

  std::array<virtio::Net<arch::DeviceMemory>, nics_max> cards_{};
  unsigned nic_count_{0};
  bool has_console_{false};
  virtio::Console<arch::DeviceMemory> console_;
  std::optional<arch::DeviceMemory> entropy_;
};

}  // namespace utnt::unikernel::vm
