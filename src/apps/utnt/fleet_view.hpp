// SPDX-License-Identifier: BSD-2-Clause
// What `utnt fleet run` shows while it runs: a table on a terminal, else a line for everything that happens, or JSON
// lines. Texts of nodes are printed with everything but plain characters taken out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "apps/utnt/fleet_table.hpp"
#include "fleet/controller/live_state.hpp"
#include "fleet/controller/observer.hpp"

namespace utnt::apps {

class FleetView final : public fleet::Observer {
 public:
  /// With a `state`, which must outlive it and is told first: a table where standard error is a terminal.
  explicit FleetView(bool json, const fleet::LiveState* state = nullptr);

  void node_up(const std::string& node, const std::string& hello) override;
  void node_down(const std::string& node, const std::string& why) override;
  void node_trouble(const std::string& node, const fleet::NodeTrouble& trouble) override;
  void job_changed(const fleet::JobRecord& job) override;
  void progress(const std::string& node, const std::string& job, const std::string& phase,
                std::uint64_t probes) override;
  void result_stored(const std::string& node, const fleet::NewResult& result, fleet::StoredAs how) override;
  void alert(const std::string& node, const std::string& text) override;

  void set_head(TableHead head);
  /// From time to time: the table.
  void tick(Instant now);
  /// A line about the run itself.
  void note(const std::string& text);
  /// Jobs that changed since the start, and how many of them came to this final state.
  [[nodiscard]] std::uint64_t seen() const { return seen_.size(); }
  [[nodiscard]] std::uint64_t ended(fleet::JobState state) const { return ended_[static_cast<std::size_t>(state)]; }

  struct Totals {
    std::uint64_t events{0}, accepted{0}, duplicates{0}, refused{0}, done{0}, failed{0};
    double seconds{0};
  };
  /// The last line.
  void summary(const Totals& totals, const std::string& variant, const std::string& tender, const std::string& policy);

 private:
  void print(const std::string& line);
  /// A line about what the table shows too.
  void print_unless_table(const std::string& line);
  bool json_;
  std::unique_ptr<FleetTable> table_;  ///< none: no terminal
  std::set<std::string> seen_;
  std::array<std::uint64_t, fleet::job_states> ended_{};
};

}  // namespace utnt::apps
