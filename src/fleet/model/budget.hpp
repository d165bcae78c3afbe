// SPDX-License-Identifier: BSD-2-Clause
// How much a node may probe: packets a second and probes an hour, of the node and of each target prefix (/24, of IPv6
// /48), over all its jobs together, so that neither a campaign nor several of them crowd one network. A job reserves
// what it may need before it is taken, gets its share of the rates, and is charged for what it sent. Source: the fleet
// specification, findings 16 and 17.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "wire/address.hpp"

namespace utnt::fleet {

/// Probes of the last hour, in steps of five minutes: up to 65 minutes are counted, never less than 60.
class HourCount {
 public:
  void add(std::uint64_t probes, Instant at);
  /// Of those that were added then; what is forgotten already is not taken back twice.
  void take_back(std::uint64_t probes, Instant at);
  [[nodiscard]] std::uint64_t sum(Instant now) const;
  /// When the sum will be at most this, if nothing is added.
  [[nodiscard]] Instant falls_to(std::uint64_t most, Instant now) const;

  /// "STEP:PROBES", blanks between; empty: nothing is counted.
  [[nodiscard]] std::string text(Instant now) const;
  /// Adds what such a text counts. False: it is none.
  bool add_text(std::string_view text);

 private:
  static constexpr std::size_t steps = 13;
  void advance(std::int64_t step);
  std::array<std::uint64_t, steps> counts_{};  ///< of step n at n % steps
  std::int64_t newest_{0};
};

/// 0: no limit.
struct BudgetLimits {
  std::uint32_t pps{1'000};
  std::uint32_t prefix_pps{20};
  std::uint64_t probes_per_hour{1'000'000};
  std::uint64_t prefix_probes_per_hour{36'000};
  friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;
};
/// Whatever is less in each.
BudgetLimits lower_of(const BudgetLimits& one, const BudgetLimits& other);

class ProbeBudget {
 public:
  /// What one target may need; a complete trace through a tunnel takes 25 to 50.
  static constexpr std::uint64_t probes_per_target = 64;
  static constexpr std::size_t prefixes_max = 100'000;  ///< watched at a time; those that have rested are forgotten

  struct Share {
    std::uint32_t pps{1};
    std::uint32_t prefix_pps{0};  ///< 0: no limit
  };
  struct Answer {
    std::optional<Share> share{};
    std::string why{};  ///< there is none: for people
  };
  struct Wish {
    std::span<const std::string> targets{};  ///< addresses, in text
    std::uint32_t pps{1};
    std::uint32_t other_slots{0};  ///< that may still be taken: each is left at least one packet a second
  };
  /// Reserves for this job (once more for another attempt); nothing changes when there is no share.
  Answer take(const std::string& job, const Wish& wish, const BudgetLimits& limits, Instant now);
  [[nodiscard]] std::optional<Share> share_of(const std::string& job) const;
  /// So many in all so far. What goes beyond the reservation is charged at once.
  void sent(const std::string& job, std::uint64_t probes, Instant now);
  /// Jobs that are over: charged for what they sent, no more.
  void settle(const std::function<bool(const std::string& job)>& is_over, Instant now);

  /// What has to outlive the program: the hours' counts, reservations in them as if they were sent. One line for the
  /// node (`node`), one for each prefix. `boot`: a word that tells one run of the clock from another.
  [[nodiscard]] std::string text(std::string_view boot, Instant now) const;
  /// Before any job. False, and nothing is counted: it is no such text, or of another run of the clock.
  bool restore(std::string_view text, std::string_view boot);
  /// Whether text() is another one than at the last call.
  bool take_changed() { return std::exchange(is_changed_, false); }

  [[nodiscard]] std::uint64_t probes_of_hour(Instant now) const { return node_.sum(now); }
  [[nodiscard]] std::size_t prefixes() const { return prefixes_.size(); }

 private:
  struct Prefix {
    HourCount probes;
    std::uint64_t pps{0};  ///< given to its jobs
    std::uint32_t jobs{0};
  };
  struct Taken {
    std::map<wire::IpAddress, std::uint64_t> targets;  ///< in each prefix
    std::uint64_t all_targets{0};
    Share share;
    std::uint64_t sent{0};
    std::uint64_t charged{0};
    Instant at;
  };
  [[nodiscard]] std::string shortage(const Taken& taken, const BudgetLimits& limits, Instant now) const;
  [[nodiscard]] std::string share_out(Taken& taken, const Wish& wish, const BudgetLimits& limits) const;
  bool make_room(const Taken& taken, Instant now);
  void charge(const Taken& taken, std::uint64_t probes, Instant at);
  void release(const Taken& taken, Instant now);

  HourCount node_;
  std::uint64_t pps_{0};  ///< given to jobs
  std::map<wire::IpAddress, Prefix> prefixes_;
  std::map<std::string, Taken> jobs_;
  bool is_changed_{false};
};

}  // namespace utnt::fleet
