// SPDX-License-Identifier: BSD-2-Clause
// Hardware addresses of the hosts on the link, of either family: who is being asked for, who answered and until when
// that is believed, who never answered. Whether a question is an ARP request or a neighbour solicitation is the
// caller's business. What nobody asked for is not believed: it makes us ask. Sources: RFC 826; RFC 1122 section 2.3.2.1
// (unicast polls, no floods of requests); RFC 4861 section 7.3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"

namespace utnt::unikernel {

class NextHops {
 public:
  static constexpr std::size_t entries_max = 64;
  static constexpr unsigned questions_max = 3;
  static constexpr Duration question_interval{250'000'000};
  static constexpr Duration believed_time{30'000'000'000};  ///< then whoever is in use is asked again, by unicast
  static constexpr Duration failed_time{3'000'000'000};     ///< nothing is asked for so long after a failure

  enum class State : std::uint8_t { unused, asking, known, checking, failed };

  struct Counters {
    std::uint64_t checks{0};         ///< known hosts that were asked again
    std::uint64_t checks_failed{0};  ///< ... in vain
    std::uint64_t failed{0};         ///< hosts that never answered
    std::uint64_t unasked{0};        ///< claims of another hardware address that nobody had asked for
    std::uint64_t full{0};           ///< hosts that were not asked for because 63 others were just being asked
  };

  struct Found {
    State state{State::failed};
    wire::MacAddress mac{};
    [[nodiscard]] bool has_mac() const { return state == State::known || state == State::checking; }
  };

  struct Question {
    wire::IpAddress address;
    std::optional<wire::MacAddress> to;  ///< ask this one alone
  };

  /// Keeps `address` in the table whatever happens: a gateway. With `mac` it is given and never asked for.
  void pin(const wire::IpAddress& address, std::optional<wire::MacAddress> mac = std::nullopt);
  void unpin(const wire::IpAddress& address);

  /// For a packet to `address`: asks for it when it is not known.
  Found use(const wire::IpAddress& address);
  /// Without a trace.
  [[nodiscard]] Found find(const wire::IpAddress& address) const;

  /// The next question that is due; to be called until there is none.
  std::optional<Question> poll(Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// Since the last call somebody became known, or failed.
  bool take_change();

  /// An answer to a question. False: nobody had asked.
  bool confirm(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now);
  /// What the sender of a question to us says about itself.
  void hear(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now);

  /// Somebody claims, unasked, that a known host has another hardware address: perhaps it moved, perhaps that is a lie.
  /// The host itself is asked.
  void doubt(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now);

  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Entry {
    wire::IpAddress address{};
    wire::MacAddress mac{};
    State state{State::unused};
    std::uint8_t questions{0};
    bool is_pinned{false};
    bool is_given{false};
    bool is_used{false};  ///< since it was last confirmed
    std::uint32_t last_use{0};
    Instant due{};
  };

  [[nodiscard]] const Entry* entry_of(const wire::IpAddress& address) const;
  Entry* entry_of(const wire::IpAddress& address);
  Entry* free_entry(bool may_evict);
  void ask(Entry& entry, State state);
  void learn(Entry& entry, const wire::MacAddress& mac, Instant now);
  std::optional<Question> advance(Entry& entry, Instant now);

  std::array<Entry, entries_max> entries_{};
  Counters counters_;
  std::optional<Instant> due_;  ///< not after the first `due` of an entry that waits for something
  std::uint32_t uses_{0};
  bool has_changed_{false};
};

}  // namespace utnt::unikernel
