// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/vm/devices.hpp"

#include "abi/command_line.hpp"
#include "unikernel/arch/machine.hpp"
#include "unikernel/virtio/device_word.hpp"
#include "unikernel/virtio/entropy.hpp"

namespace utnt::unikernel::vm {
namespace {

/// Apart from the cards: it has values from the start, and would make them take room in the file.
constinit std::array<Nic, Devices::nics_max> card_facts{};

/// The last `bytes` of the memory, aligned to 64; empty when it has not that many.
MutableBytes take_from_end(MutableBytes& memory, std::size_t bytes) {
  constexpr std::uintptr_t alignment = 64;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const auto end = begin + memory.size();
  if (bytes > memory.size()) return {};
  const auto at = (end - bytes) & ~(alignment - 1);
  if (at < begin) return {};
  const auto part = memory.subspan(at - begin, bytes);
  memory = memory.first(at - begin);
  return part;
}

void complain(std::string_view what, std::string_view place) {
  platform::log_write("device ");
  platform::log_write(place);
  platform::log_write(what);
  platform::log_write("\n");
}

}  // namespace

void Devices::start(std::string_view command_line, RecordChannel wanted, MutableBytes& memory) {
  wanted_ = wanted;
  abi::CommandLine words{command_line};
  while (const auto word = words.next())
    if (word->key == virtio::device_word_key) start_device(word->value, memory);
  if (!has_console_) start_log(memory);
}

void Devices::start_device(std::string_view place, MutableBytes& memory) {
  const auto where = virtio::parse_device_word(place);
  if (!where) return complain(": not of the form size@base:line", place);
  if (!arch::is_device_place(where->base, where->line))
    return complain(": outside the device window, or line unknown", place);
  const arch::DeviceMemory registers{where->base};
  const auto identity = virtio::Transport<arch::DeviceMemory>{registers}.identify();
  if (identity.kind == virtio::DeviceKind::none) return;
  if (identity.is_legacy)
    return complain(": legacy virtio, cannot be driven; QEMU needs -global virtio-mmio.force-legacy=false", place);
  switch (identity.kind) {
    case virtio::DeviceKind::net:
      start_card(registers, place, memory);
      break;
    case virtio::DeviceKind::console:
      if (wanted_ == RecordChannel::block) return;
      if (has_console_) return complain(": a second console, not used", place);
      has_console_ = console_.start(registers, take_from_end(memory, console_.memory_needed)).has_value();
      break;
    case virtio::DeviceKind::entropy:
      entropy_ = registers;
      return;
    case virtio::DeviceKind::block:
      // Which one is wanted, and whether any, is known when all are.
      if (wanted_ != RecordChannel::console && disk_count_ < disks_max) disks_[disk_count_++] = *where;
      return;
    default:
      return;  // not ours
  }
  arch::route_interrupt(where->line);
}

void Devices::start_card(arch::DeviceMemory registers, std::string_view place, MutableBytes& memory) {
  // A quarter of the memory is not too much for all cards.
  const virtio::NetSizes sizes = memory.size() >= roomy_bytes ? virtio::NetSizes{384 * 1024, 256} : virtio::NetSizes{};
  if (nic_count_ == nics_max) return complain(": one network card too many", place);
  const auto room = take_from_end(memory, cards_[0].memory_needed(sizes));
  if (room.empty()) return complain(": no memory for a network card", place);
  const auto nic = cards_[nic_count_].start(registers, room, sizes);
  if (!nic) return complain(": the network card refuses virtio 1", place);
  card_facts[nic_count_++] = *nic;
}

void Devices::start_log(MutableBytes& memory) {
  if (disk_count_ == 0) return;
  const auto room = take_from_end(memory, log_.memory_needed);
  if (room.empty()) return platform::log_write("record log: no memory for it\n");
  const auto stream = platform::wall_ns() ^ arch::ticks();  // no two runs on one disk have the same
  for (unsigned i = 0; i < disk_count_ && !has_log_; ++i) {
    has_log_ = log_.start(arch::DeviceMemory{disks_[i].base}, room, stream).has_value();
    if (has_log_) arch::route_interrupt(disks_[i].line);
  }
  if (!has_log_) platform::log_write("record log: no disk can be written\n");
}

std::string_view Devices::record_complaint() const {
  using std::string_view_literals::operator""sv;
  if (!has_log_) return {};
  if (log_.is_full()) return "record log: the disk is full\n"sv;
  return log_.has_failed() ? "record log: the disk failed\n"sv : ""sv;
}

std::span<const Nic> Devices::nics() const { return {card_facts.data(), nic_count_}; }

bool Devices::read_entropy(MutableBytes out, MutableBytes& memory) {
  if (!entropy_) return false;
  using Source = virtio::Entropy<arch::DeviceMemory>;
  const auto room = take_from_end(memory, Source::memory_needed);
  if (room.empty()) return false;
  constexpr Duration patience{100'000'000};
  const auto deadline = platform::now() + patience;
  return Source::read(*entropy_, room, out, [deadline] {
    arch::relax(deadline - platform::now());
    return platform::now() < deadline;
  });
}

ReceiveLosses Devices::losses() const {
  ReceiveLosses sum;
  for (unsigned i = 0; i < nic_count_; ++i) {
    const auto& card = cards_[i];
    sum.drops += card.counters().bad_frames + card.lost_entries();
    sum.overruns += card.counters().overruns + (card.is_broken() ? 1 : 0);
  }
  return sum;
}

bool Devices::is_idle() const {
  for (unsigned i = 0; i < nic_count_; ++i)
    if (cards_[i].has_received()) return false;
  return true;
}

bool Devices::sleep_needed() {
  bool is_idle = true;
  for (unsigned i = 0; i < nic_count_; ++i) is_idle = !cards_[i].arm() && is_idle;
  return is_idle;
}

void Devices::silence() {
  for (unsigned i = 0; i < nic_count_; ++i) cards_[i].silence();
}

}  // namespace utnt::unikernel::vm
