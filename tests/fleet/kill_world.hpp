// SPDX-License-Identifier: BSD-2-Clause
// A fleet of the real programs: `utnt fleet run`, its relay or ssh, `utnt-node agent`, guests under the process tender
// in a lab behind a Unix socket. One process of it is killed at one place; then it is started again as often as its
// user would do that, and afterwards everything that it left is looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fault_board.hpp"
#include "fleet/store/store.hpp"
#include "fleet/transport/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet::test {

/// A network for guests, for all worlds; not of this machine.
class KillLab {
 public:
  KillLab();
  ~KillLab();
  KillLab(const KillLab&) = delete;
  KillLab& operator=(const KillLab&) = delete;
  [[nodiscard]] std::string port() const { return directory_ / "port"; }

 private:
  utnt::test::TemporaryDirectory directory_{};
};

/// What a world came to. Everything but `is_struck`, `where`, `done` and `seen` is an error unless 0, empty or true.
struct KillOutcome {
  bool is_struck{false};
  std::string where{};
  bool is_settled{false};
  std::uint64_t done{0};
  std::uint64_t lost{0};       ///< complete results that the agent spooled and the store does not have
  std::uint64_t twice{0};      ///< jobs for which more than one result counts
  std::uint64_t runs_over{0};  ///< under discard: attempts beyond the first that may have run
  std::string imbalance{};
  std::string left_over{};  ///< processes, sockets, unfinished files
  std::string trouble{};    ///< what the programs said, when something is wrong
  std::array<std::uint64_t, victims> seen{};

  [[nodiscard]] bool is_right() const {
    return is_settled && lost == 0 && twice == 0 && runs_over == 0 && imbalance.empty() && left_over.empty();
  }
};

struct KillPlan {
  std::string policy{"wait"};
  Victim victim{Victim::controller};
  std::uint64_t place{0};  ///< 0: nobody is killed, the places are counted
  std::uint32_t pps{1'000};
  std::function<void(ChildProcess& controller)> meddle{};  ///< with the first controller, while it runs
};

class KillWorld {
 public:
  static constexpr std::uint32_t jobs = 3;

  /// All that it makes lies in `directory`, the board too.
  KillWorld(const KillLab& lab, std::string directory, KillPlan plan);
  ~KillWorld();
  KillWorld(const KillWorld&) = delete;
  KillWorld& operator=(const KillWorld&) = delete;

  /// Instead of this machine: lines of its inventory entry, and where its agent works.
  void use_node(const std::string& entry, const std::string& spool);
  /// Of the programs that are started.
  std::vector<std::pair<std::string, std::string>> environment() const;
  KillOutcome run();
  /// Of its processes, number and command line each.
  [[nodiscard]] std::vector<std::string> processes() const;
  [[nodiscard]] std::string agent_log_text() const;

 private:
  [[nodiscard]] Command command(std::vector<std::string> words) const;
  [[nodiscard]] CommandResult run_controller(bool is_first) const;
  [[nodiscard]] int agent_id() const;
  void collect(KillOutcome& outcome, const std::function<bool()>& is_empty) const;
  void end_agent() const;
  void examine(KillOutcome& outcome) const;
  [[nodiscard]] std::string left_over() const;

  std::string directory_;
  KillPlan plan_;
  std::string spool_;
  std::string node_;
  std::string network_;
  FaultBoard* board_{nullptr};
};

}  // namespace utnt::fleet::test
