// SPDX-License-Identifier: BSD-2-Clause
// A classic BPF program sees struct seccomp_data: number u32 at 0, architecture u32 at 4, six arguments u64 from 16.
// It works on 32 bits, so each argument is compared in two halves. Jumps go forward only.
#include "tender/process/call_filter.hpp"

#include "base/assert.hpp"

namespace utnt::tender {
namespace {

constexpr std::uint16_t load_word = 0x20, jump_equal = 0x15, jump_greater = 0x25, return_value = 0x06;
constexpr std::uint32_t offset_number = 0, offset_architecture = 4, offset_arguments = 16;
constexpr std::uint32_t architecture_x86_64 = 0xc000'003e;
constexpr std::uint32_t action_kill_process = 0x8000'0000, action_log = 0x7ffc'0000, action_allow = 0x7fff'0000;
constexpr std::uint32_t call_read = 0, call_write = 1, call_send_to = 44, call_clock_gettime = 228,
                        call_exit_group = 231, call_ppoll = 271;

class Assembler {
 public:
  explicit Assembler(bool traces) : refusal_{traces ? action_log : action_kill_process} {}

  void load(std::uint32_t offset) { put({load_word, 0, 0, offset}); }
  void allow() { put({return_value, 0, 0, action_allow}); }
  void refuse() { put({return_value, 0, 0, refusal_}); }
  /// Goes on when the loaded word is `value`, else refuses.
  void require_equal(std::uint32_t value) {
    put({jump_equal, 1, 0, value});
    refuse();
  }
  void require_at_most(std::uint32_t value) {
    put({jump_greater, 0, 1, value});
    refuse();
  }
  void require_high_half_zero(unsigned argument) {
    load(offset_arguments + 8 * argument + 4);
    require_equal(0);
  }
  void require_argument(unsigned argument, std::uint32_t value) {
    require_high_half_zero(argument);
    load(offset_arguments + 8 * argument);
    require_equal(value);
  }
  /// Begins the rules of one call; end_call() must follow, before the next.
  void begin_call(std::uint32_t number) {
    open_ = out_.count;
    put({jump_equal, 0, 0, number});
  }
  /// What was not decided is refused; another number goes on behind it.
  void end_call() {
    refuse();
    out_.instructions[open_].jump_false = static_cast<std::uint8_t>(out_.count - open_ - 1);
  }
  /// Allows the call when its first argument is one of `descriptors`.
  void allow_descriptors(std::span<const std::int32_t> descriptors) {
    require_high_half_zero(0);
    load(offset_arguments);
    for (const auto descriptor : descriptors) {
      put({jump_equal, 0, 1, static_cast<std::uint32_t>(descriptor)});
      allow();
    }
  }
  [[nodiscard]] const CallFilter& out() const { return out_; }

 private:
  void put(const FilterInstruction& instruction) {
    UTNT_ASSERT(out_.count < out_.instructions.size());
    out_.instructions[out_.count++] = instruction;
  }

  CallFilter out_{};
  unsigned open_{0};
  std::uint32_t refusal_;
};

/// sendto(ring, null, 0, MSG_DONTWAIT, null, ...): send what stands in the ring.
void add_ring_flush(Assembler& to, std::span<const std::int32_t> rings) {
  constexpr std::uint32_t dont_wait = 0x40;
  to.begin_call(call_send_to);
  to.require_argument(1, 0);
  to.require_argument(2, 0);
  to.require_argument(3, dont_wait);
  to.require_argument(4, 0);
  to.allow_descriptors(rings);
  to.end_call();
}

}  // namespace

CallFilter make_call_filter(const FilterRules& rules) {
  UTNT_ASSERT(rules.readable.size() <= filter_descriptors_max && rules.writable.size() <= filter_descriptors_max &&
              rules.flushable.size() <= filter_descriptors_max);
  Assembler to{rules.traces};
  to.load(offset_architecture);
  to.require_equal(architecture_x86_64);
  to.load(offset_number);
  to.begin_call(call_read);
  to.allow_descriptors(rules.readable);
  to.end_call();
  to.begin_call(call_write);
  to.allow_descriptors(rules.writable);
  to.end_call();
  // The descriptors that ppoll names lie in memory, where no filter can look; only those that were given are open.
  to.begin_call(call_ppoll);
  to.require_high_half_zero(1);
  to.load(offset_arguments + 8 * 1);
  to.require_at_most(polled_descriptors_max);
  to.require_argument(3, 0);
  to.allow();
  to.end_call();
  if (!rules.flushable.empty()) add_ring_flush(to, rules.flushable);
  to.begin_call(call_clock_gettime);
  to.require_high_half_zero(0);
  to.load(offset_arguments);
  to.require_at_most(1);  // CLOCK_REALTIME and CLOCK_MONOTONIC
  to.allow();
  to.end_call();
  to.begin_call(call_exit_group);
  to.allow();
  to.end_call();
  to.refuse();
  return to.out();
}

}  // namespace utnt::tender
