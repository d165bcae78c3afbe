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
#include "unikernel/virtio/device_word.hpp"
#include "unikernel/virtio/net.hpp"
#include "unikernel/vm/block_log.hpp"

namespace utnt::unikernel::vm {

/// What carries the records.
enum class RecordChannel : std::uint8_t { automatic, console, block };

class Devices {
 public:
  static constexpr unsigned nics_max = 4;
  static constexpr unsigned disks_max = 4;

  /// Brings up what the command line names. Takes what the devices need from the end of `memory`. The channel is the
  /// wanted one; of its own choice the console, and where there is none the first disk that can be written.
  void start(std::string_view command_line, RecordChannel wanted, MutableBytes& memory);
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

  /// Puts bytes on the record channel; calls `sleep`, which may return early, until it takes them. False: there is no
  /// channel, or it is gone.
  template <class Sleep>
  bool write_record(ConstBytes bytes, Sleep sleep) {
    if (has_console_) return console_.write(bytes, sleep);
    return has_log_ && log_.write(bytes, sleep);
  }
  /// Waits until what was written is as safe as the channel can make it. False: it is not.
  template <class Sleep>
  bool flush_records(Sleep sleep) {
    return !has_log_ || log_.flush(sleep);
  }
  /// What is wrong with the channel, for people; empty when nothing is.
  [[nodiscard]] std::string_view record_complaint() const;

 private:
  void start_device(std::string_view place, MutableBytes& memory);
  void start_card(arch::DeviceMemory registers, std::string_view place, MutableBytes& memory);
  void start_log(MutableBytes& memory);

  static constexpr std::size_t roomy_bytes = 6 * 1024 * 1024;  ///< from here on cards get long rings

  std::array<virtio::Net<arch::DeviceMemory>, nics_max> cards_{};
  unsigned nic_count_{0};
  RecordChannel wanted_{RecordChannel::automatic};
  bool has_console_{false};
  bool has_log_{false};
  virtio::Console<arch::DeviceMemory> console_;
  BlockLog<arch::DeviceMemory> log_;
  std::array<virtio::DeviceWord, disks_max> disks_{};
  unsigned disk_count_{0};
  std::optional<arch::DeviceMemory> entropy_;
};

}  // namespace utnt::unikernel::vm
