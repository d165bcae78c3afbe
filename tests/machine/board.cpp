// SPDX-License-Identifier: BSD-2-Clause
// See board.hpp.
#include "machine/board.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>

#include "results/block_log_reader.hpp"

namespace utnt::machine {
namespace {

namespace feature = unikernel::virtio::feature;
using unikernel::virtio::DeviceKind;

constexpr std::uintptr_t first_base = 0xfeb0'0000, slot_bytes = 512;
constexpr unsigned first_line = 5;
constexpr std::uint32_t receive_queue = 0, transmit_queue = 1;

DeviceDouble::Settings settings_of(DeviceKind kind, const BoardSettings& board, std::uint8_t number) {
  DeviceDouble::Settings settings;
  settings.kind = kind;
  settings.features = feature::version_1;
  if (board.has_event_index) settings.features |= feature::event_index;
  if (kind != DeviceKind::net) return settings;
  settings.features |= feature::net_mac | (board.can_merge ? feature::net_merge_buffers : 0);
  auto mac = lab::vantage_point_mac.octets;
  mac[5] = static_cast<std::uint8_t>(mac[5] + number);
  std::copy(mac.begin(), mac.end(), settings.configuration.begin());
  return settings;
}

}  // namespace

Board::Board(emu::Network& network, const BoardSettings& settings)
    : network_{network},
      settings_{settings},
      prng_{settings.disorder},
      edge_{network.vantage_point()},
      console_{settings_of(DeviceKind::console, settings, 0)},
      entropy_{settings_of(DeviceKind::entropy, settings, 0)},
      disk_{settings.disk_sectors, settings.disk_features} {
  for (unsigned i = 0; i < settings.cards; ++i) {
    cards_.emplace_back(settings_of(DeviceKind::net, settings, static_cast<std::uint8_t>(i)));
    add_slot(cards_.back());
  }
  if (settings.has_console) add_slot(console_);
  if (settings.disk_sectors != 0) add_slot(disk_.device);
  if (settings.has_entropy) add_slot(entropy_);
}

void Board::add_slot(DeviceDouble& device) {
  const auto number = static_cast<unsigned>(slots_.size());
  slots_.push_back({&device, first_base + number * slot_bytes, first_line + number});
}

std::string Board::device_words() const {
  std::string words;
  for (const auto& slot : slots_)
    words += " virtio_mmio.device=512@" + std::to_string(slot.base) + ":" + std::to_string(slot.line);
  return words;
}

Board::Place Board::place_of(std::uintptr_t address) {
  for (auto& slot : slots_)
    if (address >= slot.base && address < slot.base + slot_bytes)
      return {*slot.device, static_cast<std::uint32_t>(address - slot.base)};
  throw std::logic_error{"an access where no device is"};
}

bool Board::is_device_place(std::uint64_t base, std::uint32_t line) const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [&](const Slot& slot) { return slot.base == base && slot.line == line; });
}

std::uint32_t Board::read32(std::uintptr_t address) {
  step_aside();
  const auto place = place_of(address);
  return place.device.read32(place.offset);
}
std::uint16_t Board::read16(std::uintptr_t address) {
  const auto place = place_of(address);
  return place.device.read16(place.offset);
}
std::uint8_t Board::read8(std::uintptr_t address) {
  const auto place = place_of(address);
  return place.device.read8(place.offset);
}

void Board::write32(std::uintptr_t address, std::uint32_t value) {
  const auto place = place_of(address);
  place.device.write32(place.offset, value);
  if (place.offset != unikernel::virtio::queue_notify) return;
  constexpr std::uint64_t late_ns = 200'000;
  const auto from_now = [this](Duration time) { return now_ + time; };
  if (&place.device == &disk_.device && !disk_due_) disk_due_ = from_now(settings_.disk_time);
  if (&place.device == &console_ && !console_due_) console_due_ = from_now(settings_.console_time);
  if (settings_.disorder == 0) return serve();
  if (!work_due_) work_due_ = from_now(Duration{1 + static_cast<std::int64_t>(prng_.below(late_ns))});
}

std::uint64_t Board::ticks() {
  step_aside();
  return settings_.ticks_at_entry + static_cast<std::uint64_t>(now_.ns()) * settings_.ticks_per_ns;
}

void Board::step_aside() {
  constexpr std::uint64_t one_in = 3, step_ns = 400;
  if (settings_.disorder == 0 || prng_.below(one_in) != 0) return;
  go_to(now_ + Duration{static_cast<std::int64_t>(prng_.below(step_ns))});
}

void Board::serve_card(unsigned number) {
  auto& card = cards_[number];
  for (Octets frame; card.transmit_one(frame);) {
    if (number != 0) continue;  // nobody is behind the others
    const auto work = edge_.take(std::as_bytes(std::span{frame}));
    if (!work.packet.empty()) network_.send(work.packet, now_);
    if (work.answer.empty()) continue;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(work.answer.data());
    arrived_.emplace_back(bytes, bytes + work.answer.size());
  }
  if (number != 0) return;
  for (auto arrival = network_.next_arrival(); arrival && *arrival <= now_; arrival = network_.next_arrival()) {
    const auto received = network_.receive(edge_.packet_buffer(), now_);
    if (!received) break;
    const auto frame = edge_.frame(received->packet.size());
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
    arrived_.emplace_back(bytes, bytes + frame.size());
  }
  while (!arrived_.empty() && card.receive(arrived_.front())) arrived_.pop_front();
}

void Board::serve_console() {
  console_due_.reset();
  DeviceDouble::Buffer buffer{};
  while (console_.pop(transmit_queue, buffer)) {
    console_bytes_.append(reinterpret_cast<const char*>(buffer.data), buffer.bytes);
    console_.use(transmit_queue, buffer.id, 0);
    console_.publish(transmit_queue);
  }
}

void Board::serve_disk() {
  disk_due_.reset();
  if (settings_.disorder != 0 && prng_.below(2) == 0) disk_.serve_backwards();
  while (disk_.serve()) {
  }
}

void Board::serve_entropy() {
  DeviceDouble::Buffer buffer{};
  while (entropy_.pop(0, buffer)) {
    std::memset(buffer.data, 0xa5, buffer.bytes);
    entropy_.use(0, buffer.id, buffer.bytes);
    entropy_.publish(0);
  }
}

void Board::serve() {
  const auto is_running = [](const DeviceDouble& device) {
    return !device.states().empty() && device.states().back() == 15;
  };
  work_due_.reset();
  for (unsigned i = 0; i < cards_.size(); ++i)
    if (is_running(cards_[i])) serve_card(i);
  if (console_due_ && *console_due_ <= now_) serve_console();
  if (disk_due_ && *disk_due_ <= now_) serve_disk();
  if (is_running(entropy_)) serve_entropy();
  collect_interrupts();
}

void Board::collect_interrupts() {
  for (auto& slot : slots_) {
    const auto raised = slot.device->interrupts();
    if (raised != slot.interrupts_seen && routed_.at(slot.line)) is_interrupt_pending_ = true;
    slot.interrupts_seen = raised;
  }
}

Instant Board::next_event(Instant until) const {
  for (const auto& due : {network_.next_arrival(), work_due_, disk_due_, console_due_})
    if (due && *due > now_) until = std::min(until, *due);
  return until;
}

void Board::go_to(Instant when) {
  now_ = std::max(now_, when);
  serve();
}

void Board::halt(Duration at_most) {
  constexpr Duration longest{3'600'000'000'000};
  if (at_most > longest) throw std::logic_error{"the program sleeps for ever"};
  ++sleeps_;
  const auto until = now_ + at_most;
  step_aside();
  while (!is_interrupt_pending_ && now_ < until) go_to(next_event(until));
  is_interrupt_pending_ = false;
}

void Board::relax(Duration at_most) {
  if (at_most.ns() > 0) go_to(next_event(now_ + at_most));
}

Outcome Board::outcome() {
  Outcome result{.code = code, .log = log, .records = console_bytes_, .now_ns = static_cast<std::uint64_t>(now_.ns())};
  result.sleeps = sleeps_;
  result.facts = facts;
  for (const auto& slot : slots_) {
    result.interrupts += slot.device->interrupts();
    for (const auto& violation : slot.device->violations()) result.violations += violation + "\n";
  }
  if (disk_.disk.empty()) return result;
  const auto disk = std::as_bytes(std::span{disk_.disk});
  results::BlockLogReader reader{
      [&](std::uint64_t offset, MutableBytes out) -> std::size_t {
        if (offset >= disk.size()) return 0;
        const auto part = std::min<std::size_t>(out.size(), disk.size() - offset);
        copy_bytes(out, disk.subspan(offset, part));
        return part;
      },
      [&](ConstBytes bytes) { result.records.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }};
  reader.finish();
  result.violations += reader.complaint();
  return result;
}

}  // namespace utnt::machine
