// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/virtio/device_double_test.hpp"

#include <algorithm>
#include <cstring>

namespace utnt::unikernel::virtio {
namespace {

constexpr std::uint32_t negotiating = acknowledged | driver;
constexpr std::uint32_t configuring = negotiating | features_ok;
constexpr std::uint32_t running = configuring | driver_ok;

template <class Word>
Word load(std::uint64_t address) {
  Word word;
  std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
  return word;
}
template <class Word>
void store(std::uint64_t address, Word word) {
  std::memcpy(reinterpret_cast<void*>(address), &word, sizeof word);
}

std::uint64_t with_half(std::uint64_t address, bool is_high, std::uint32_t value) {
  return is_high ? (address & 0xffff'ffff) | std::uint64_t{value} << 32
                 : (address & ~std::uint64_t{0xffff'ffff}) | value;
}

}  // namespace

std::uint32_t DeviceDouble::read32(std::uint32_t offset) {
  switch (offset) {
    case magic:
      return magic_value;
    case version:
      return settings_.version;
    case device_kind:
      return static_cast<std::uint32_t>(settings_.kind);
    case device_features:
      return static_cast<std::uint32_t>(settings_.features >> (feature_word_ * 32));
    case queue_size_max:
      return queue_ < queues_.size() ? settings_.queue_size_max : 0;
    case interrupt_status:
      return pending_;
    case device_status:
      return status_;
    case configuration_generation:
      return 0;
    default:
      if (is_configuration(offset) && offset % 4 == 0) return read16(offset) | std::uint32_t{read16(offset + 2)} << 16;
      note("read of register " + std::to_string(offset));
      return 0;
  }
}

std::uint8_t DeviceDouble::read8(std::uint32_t offset) {
  if (!is_configuration(offset)) {
    note("byte read of register " + std::to_string(offset));
    return 0;
  }
  return settings_.configuration[offset - configuration];
}

std::uint16_t DeviceDouble::read16(std::uint32_t offset) {
  return static_cast<std::uint16_t>(read8(offset) | read8(offset + 1) << 8);
}

void DeviceDouble::set_status(std::uint32_t value) {
  states_.push_back(value);
  if (value == 0) {
    const auto states = states_;
    const auto violations = violations_;
    const auto notified = std::array{queues_[0].notifies, queues_[1].notifies};
    *this = DeviceDouble{settings_};
    states_ = states;
    violations_ = violations;
    for (unsigned i = 0; i < 2; ++i) queues_[i].notifies = notified[i];
    return;
  }
  constexpr std::array<std::uint32_t, 5> order{0, acknowledged, negotiating, configuring, running};
  const auto now = std::find(order.begin(), order.end(), status_);
  const bool is_next = now != order.end() && now + 1 != order.end() && *(now + 1) == value;
  if (!is_next && value != failed) return note("status " + std::to_string(value) + " after " + std::to_string(status_));
  if (value == configuring && (agreed_ & feature::version_1) == 0) return;  // the driver will see that it did not stick
  status_ = value;
}

void DeviceDouble::set_queue(std::uint32_t offset, std::uint32_t value) {
  if (status_ != configuring) return note("queue written in state " + std::to_string(status_));
  if (queue_ >= queues_.size()) return note("no queue " + std::to_string(queue_));
  auto& queue = queues_[queue_];
  if (queue.is_ready) return note("queue changed when ready");
  const bool is_high = (offset & 4) != 0;
  switch (offset) {
    case queue_size:
      if (value == 0 || value > settings_.queue_size_max || (value & (value - 1)) != 0)
        note("queue size " + std::to_string(value));
      queue.size = value;
      break;
    case queue_descriptors:
    case queue_descriptors + 4:
      queue.descriptors = with_half(queue.descriptors, is_high, value);
      break;
    case queue_driver:
    case queue_driver + 4:
      queue.driver = with_half(queue.driver, is_high, value);
      break;
    case queue_device:
    case queue_device + 4:
      queue.device = with_half(queue.device, is_high, value);
      break;
    default:
      if (queue.descriptors % 16 != 0 || queue.driver % 2 != 0 || queue.device % 4 != 0) note("queue alignment");
      queue.is_ready = value == 1;
  }
}

void DeviceDouble::write32(std::uint32_t offset, std::uint32_t value) {
  switch (offset) {
    case device_features_select:
      feature_word_ = value;
      break;
    case driver_features_select:
      driver_word_ = value;
      break;
    case driver_features:
      if (status_ != negotiating) return note("features written in state " + std::to_string(status_));
      agreed_ |= std::uint64_t{value} << (driver_word_ * 32);
      if ((agreed_ & ~settings_.features) != 0) note("a feature that was not offered");
      break;
    case queue_select:
      queue_ = value;
      break;
    case queue_notify:
      if (status_ != running || value >= queues_.size()) return note("notification of " + std::to_string(value));
      ++queues_[value].notifies;
      break;
    case interrupt_acknowledge:
      if (status_ != running) return note("interrupt acknowledged before the device runs");
      if ((value & ~pending_) != 0) note("an interrupt acknowledged that was not pending");
      pending_ &= ~value;
      break;
    case device_status:
      set_status(value);
      break;
    case queue_size:
    case queue_ready:
    case queue_descriptors:
    case queue_descriptors + 4:
    case queue_driver:
    case queue_driver + 4:
    case queue_device:
    case queue_device + 4:
      set_queue(offset, value);
      break;
    default:
      note("write of register " + std::to_string(offset));
  }
}

DeviceDouble::Linked DeviceDouble::read_descriptor(const Queue& queue, std::uint16_t id) {
  const auto descriptor = queue.descriptors + 16 * std::uint64_t{id};
  const auto flags = load<std::uint16_t>(descriptor + 12);
  if ((flags & ~3U) != 0) note("indirect descriptor");
  return {{id, reinterpret_cast<std::uint8_t*>(load<std::uint64_t>(descriptor)), load<std::uint32_t>(descriptor + 8),
           (flags & 2) != 0},
          (flags & 1) != 0,
          load<std::uint16_t>(descriptor + 14)};
}

bool DeviceDouble::pop_chain(unsigned index, std::vector<Buffer>& chain) {
  auto& queue = queues_[index];
  chain.clear();
  const auto offered = load<std::uint16_t>(queue.driver + 2);
  if (static_cast<std::uint16_t>(offered - queue.seen) > queue.size)
    return note("more offered than the ring holds"), false;
  if (has(feature::event_index)) store(queue.device + 4 + 8 * std::uint64_t{queue.size}, queue.seen);
  if (offered == queue.seen) return false;
  auto id = load<std::uint16_t>(queue.driver + 4 + 2 * std::uint64_t{queue.seen % queue.size});
  ++queue.seen;
  for (;;) {
    if (id >= queue.size) return note("descriptor beyond the ring"), false;
    if (chain.size() == queue.size) return note("a chain that has no end"), false;
    const auto linked = read_descriptor(queue, id);
    chain.push_back(linked.buffer);
    if (!linked.has_next) return true;
    id = linked.next;
  }
}

bool DeviceDouble::pop(unsigned index, Buffer& buffer) {
  auto& ahead = queues_[index].ahead;
  if (!ahead.empty()) {
    buffer = ahead.front();
    ahead.pop_front();
    return true;
  }
  std::vector<Buffer> chain;
  if (!pop_chain(index, chain)) return false;
  if (chain.size() != 1) note("chained descriptor");
  buffer = chain.front();
  return true;
}

void DeviceDouble::use(unsigned index, std::uint32_t id, std::uint32_t bytes) {
  auto& queue = queues_[index];
  const auto entry = queue.device + 4 + 8 * std::uint64_t{queue.used % queue.size};
  store(entry, id);
  store(entry + 4, bytes);
  ++queue.used;
}

void DeviceDouble::publish(unsigned index) {
  auto& queue = queues_[index];
  const auto before = queue.published;
  queue.published = queue.used;
  store(queue.device + 2, queue.used);
  bool is_wanted = (load<std::uint16_t>(queue.driver) & 1) == 0;
  if (has(feature::event_index)) {
    const auto event = load<std::uint16_t>(queue.driver + 4 + 2 * std::uint64_t{queue.size});
    is_wanted = static_cast<std::uint16_t>(queue.used - event - 1) < static_cast<std::uint16_t>(queue.used - before);
  }
  if (!is_wanted) return;
  pending_ |= 1;
  ++interrupts_;
}

bool DeviceDouble::transmit_one(Octets& frame) {
  Buffer buffer{};
  if (!pop(1, buffer)) return false;
  if (buffer.is_writable) note("transmit buffer for writing");
  if (buffer.bytes < 12) return note("frame without header"), false;
  for (unsigned i = 0; i < 12; ++i)
    if (buffer.data[i] != 0) note("offloads in a header");
  frame.assign(buffer.data + 12, buffer.data + buffer.bytes);
  use(1, buffer.id, 0);
  publish(1);
  return true;
}

bool DeviceDouble::receive(const Octets& frame, std::uint8_t header_flags) {
  Octets all(12, 0);
  all[0] = header_flags;
  all.insert(all.end(), frame.begin(), frame.end());
  std::vector<Buffer> buffers;
  std::size_t room = 0;
  for (Buffer buffer{}; room < all.size() && pop(0, buffer); room += buffer.bytes) {
    if (!buffer.is_writable) note("receive buffer for reading");
    buffers.push_back(buffer);
  }
  const bool is_allowed = buffers.size() == 1 || has(feature::net_merge_buffers);
  if (room < all.size() || !is_allowed) {
    queues_[0].ahead.insert(queues_[0].ahead.begin(), buffers.begin(), buffers.end());
    return false;
  }
  all[10] = static_cast<std::uint8_t>(buffers.size());
  all[11] = static_cast<std::uint8_t>(buffers.size() >> 8);
  std::size_t at = 0;
  for (const auto& buffer : buffers) {
    const auto part = std::min<std::size_t>(buffer.bytes, all.size() - at);
    std::memcpy(buffer.data, all.data() + at, part);
    at += part;
    use(0, buffer.id, static_cast<std::uint32_t>(part));
  }
  publish(0);
  return true;
}

void DeviceDouble::move_used_index(unsigned index, std::uint16_t by) {
  auto& queue = queues_[index];
  queue.used = static_cast<std::uint16_t>(queue.used + by);
  publish(index);
}

}  // namespace utnt::unikernel::virtio
