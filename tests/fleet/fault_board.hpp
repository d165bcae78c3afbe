// SPDX-License-Identifier: BSD-2-Clause
// Where a test and the processes that it kills meet: a mapped file that says at which of the places of whom the next
// kill is due. Counts go on over restarts, and a kill happens once. Its path is the environment's UTNT_FAULT_BOARD.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace utnt::fleet::test {

/// Who is killed. The last three by others: they are no programs of ours, or cannot do it themselves.
enum class Victim : std::uint32_t { controller, agent, relay, guest, link, session };
constexpr std::size_t victims = 6;
constexpr std::array<std::string_view, victims> victim_names{"controller", "agent", "relay",
                                                             "guest",      "link",  "session"};

struct FaultBoard {
  std::atomic<std::uint64_t> due_at{0};  ///< of the victim's places, from 1; 0: none
  std::atomic<std::uint32_t> whose{0};
  std::atomic<std::uint32_t> kills{0};
  std::array<std::atomic<std::uint64_t>, victims> seen{};
  std::array<char, 96> where{};  ///< of the kill

  void set(Victim victim, std::uint64_t place) {
    due_at = 0;
    for (auto& count : seen) count = 0;
    kills = 0;
    where.fill('\0');
    whose = static_cast<std::uint32_t>(victim);
    due_at = place;
  }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace utnt::fleet::test
