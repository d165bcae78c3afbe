// SPDX-License-Identifier: BSD-2-Clause
// A scenario as the forwarding engine sees it: the tables of the current epoch, the memory of the routers, and the
// choice among equal-cost next hops (RFC 2992).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "emu/model.hpp"
#include "emu/prefix_table.hpp"
#include "emu/routing.hpp"
#include "emu/topology.hpp"

namespace utnt::emu {

/// The parts that all views of one scenario share.
struct CompiledScenario {
  CompiledScenario(Model source, std::uint64_t random_seed);
  Model model;
  PrefixTable prefixes;
  std::vector<std::unique_ptr<Routing>> epochs;  ///< one more than there are changes
  std::uint64_t seed;
  bool has_choices{false};  ///< some node may balance over several next hops
};

class ScenarioTopology final : public Topology {
 public:
  /// A `calm` view has neither loss nor rate limits nor memory: what follows from the configuration alone.
  ScenarioTopology(CompiledScenario& scenario, bool calm);

  [[nodiscard]] NodeView node(NodeId id) override;
  [[nodiscard]] Target resolve(std::uint32_t address) override { return scenario_.prefixes.resolve(address); }
  [[nodiscard]] bool is_local(const Flight& flight) override;
  [[nodiscard]] bool route(const Flight& flight, NextHop& out) override;
  [[nodiscard]] bool label(const Flight& flight, LabelAction& out) override;

  void set_epoch(std::size_t epoch) { routing_ = scenario_.epochs[epoch].get(); }

 private:
  std::size_t choose_ip(const Flight& flight, std::size_t count);
  std::size_t choose_labelled(const Flight& flight, std::size_t count);
  void copy_hop(const NextHop& from, NextHop& out) const;

  CompiledScenario& scenario_;
  Routing* routing_;
  bool calm_;
  std::vector<NodeState> states_;
};

}  // namespace utnt::emu
