// SPDX-License-Identifier: BSD-2-Clause
// The driver's side of a split ring: buffers are described once or again, offered, published together, and taken back
// when the device has used them. The used side is written by somebody else and believed only as far as it makes sense.
// Sources: Virtual I/O Device (VIRTIO) 1.1, sections 2.6; the unikernel specification, section 6.4.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace utnt::unikernel::virtio {

class SplitRing {
 public:
  static constexpr unsigned size_max = 256;
  /// Memory for a ring of `size` entries, a power of two.
  static constexpr std::size_t bytes_needed(unsigned size) { return round_up(owned_at(size) + size); }

  /// `memory` is zero, aligned to 16 bytes, and stays the ring's. The address of a byte is what the device calls it.
  void start(MutableBytes memory, unsigned size, bool has_event_index);

  struct Addresses {
    std::uint64_t descriptors;
    std::uint64_t driver;
    std::uint64_t device;
  };
  [[nodiscard]] Addresses addresses() const;
  [[nodiscard]] unsigned size() const { return size_; }

  enum class Access : std::uint16_t { device_reads = 0, device_writes = 2 };
  /// What buffer `id` is; only while the driver owns it.
  void describe(unsigned id, ConstBytes buffer, Access access);
  /// Buffer `next` belongs behind buffer `id`, in one chain: only the first one is offered, and comes back for all.
  void link(unsigned id, unsigned next);
  /// Gives buffer `id` to the device, which learns of it from publish().
  void offer(unsigned id);
  /// Makes the offered buffers visible. True: the device asks to be notified.
  [[nodiscard]] bool publish();

  struct Used {
    unsigned id;
    std::uint32_t bytes;  ///< as the device says
  };
  /// A buffer that the device has given back. Entries that name no buffer of the device's are counted and skipped.
  std::optional<Used> take();
  [[nodiscard]] bool has_used() const;
  /// Whether the device has given back everything it had, and so has nothing left to use.
  [[nodiscard]] bool is_exhausted() const;
  [[nodiscard]] unsigned outstanding() const { return outstanding_; }

  /// No interrupts for used buffers, as far as the device listens.
  void silence();
  /// An interrupt for the next used buffer. True: there is one already, so do not sleep.
  [[nodiscard]] bool arm();

  /// The device claimed to have used more than it had: nothing it says is believed any more.
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  [[nodiscard]] std::uint64_t bad_entries() const { return bad_entries_; }

 private:
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t bytes;
    std::uint16_t flags;
    std::uint16_t next;
  };
  struct UsedEntry {
    std::uint32_t id;
    std::uint32_t bytes;
  };
  static_assert(sizeof(Descriptor) == 16);
  static_assert(sizeof(UsedEntry) == 8);

  // Offered ring: flags, index, entries, used_event. Used ring: flags, index, entries, avail_event.
  static constexpr std::size_t round_up(std::size_t n) { return (n + 15) & ~std::size_t{15}; }
  static constexpr std::size_t offered_at(unsigned size) { return std::size_t{16} * size; }
  static constexpr std::size_t used_at(unsigned size) { return round_up(offered_at(size) + 6 + 2 * std::size_t{size}); }
  static constexpr std::size_t owned_at(unsigned size) { return round_up(used_at(size) + 6 + 8 * std::size_t{size}); }

  template <class Word>
  [[nodiscard]] Word& word(std::size_t at) const {
    return *reinterpret_cast<Word*>(base_ + at);
  }
  [[nodiscard]] std::uint16_t used_index() const;

  std::byte* base_{nullptr};
  unsigned size_{0};
  unsigned outstanding_{0};
  std::uint16_t offered_{0};    ///< index behind the last offered entry
  std::uint16_t published_{0};  ///< what the device knows of it
  std::uint16_t seen_{0};       ///< index behind the last used entry taken
  bool has_event_index_{false};
  bool is_broken_{false};
  std::uint64_t bad_entries_{0};
};

}  // namespace utnt::unikernel::virtio
