// SPDX-License-Identifier: BSD-2-Clause
// A scenario behind the Network seam: forwarding, route changes, truth.
#include <algorithm>
#include <map>

#include "emu/forward.hpp"
#include "emu/model.hpp"
#include "emu/procedural/network.hpp"
#include "emu/scenario.hpp"
#include "emu/scenario_topology.hpp"
#include "emu/truth_builder.hpp"

namespace utnt::emu {

namespace {

class TableNetwork final : public ScenarioNetwork {
 public:
  TableNetwork(Model model, std::uint64_t seed)
      : scenario_{std::move(model), seed},
        topology_{scenario_, false},
        forwarder_{topology_, scenario_.model.vantage_point, mix64(seed)},
        matching_(scenario_.model.changes.size(), 0) {
    const auto& vp = scenario_.model.nodes[scenario_.model.vantage_point];
    const auto& link = scenario_.model.links[vp.links.front()];
    address_ = wire::Ipv4Address{link.a == scenario_.model.vantage_point ? link.address_a : link.address_b};
  }

  [[nodiscard]] wire::IpAddress vantage_point() const override { return address_; }
  [[nodiscard]] std::optional<Instant> next_arrival() const override { return forwarder_.arrivals().next(); }
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override {
    return forwarder_.arrivals().take(out, now);
  }
  [[nodiscard]] const ScenarioInfo& info() const override { return scenario_.model.info; }
  void set_impairments(const Impairments& impairments) override { forwarder_.set_impairments(impairments); }
  void set_recorder(Recorder* recorder) override { forwarder_.set_recorder(recorder); }
  [[nodiscard]] const NetworkCounters& counters() const override { return forwarder_.counters(); }

  void send(wire::Packet packet, Instant now) override {
    advance_epoch(packet, now);
    forwarder_.send(packet, now);
    remember_flow(packet);
  }

  [[nodiscard]] Truth truth(const wire::IpAddress& destination) const override {
    if (!destination.is_v4()) return {.path = {}, .tunnels = {}, .reachable = false};
    const auto seen = first_probes_.find(destination.v4().value());
    if (seen != first_probes_.end()) return truth_for(seen->second);
    return build_truth(scenario_, epoch_, default_probe(address_.v4(), destination.v4()));
  }
  [[nodiscard]] Truth truth_for(wire::Packet probe) const override { return build_truth(scenario_, epoch_, probe); }

 private:
  void advance_epoch(wire::Packet packet, Instant now) {
    const auto& changes = scenario_.model.changes;
    if (epoch_ == changes.size()) return;
    for (std::size_t i = epoch_; i < changes.size() && packet.size() >= 20; ++i)
      if (changes[i].after_packets > 0 && changes[i].to.contains(load_be32(packet, 16))) ++matching_[i];
    while (epoch_ < changes.size()) {
      const auto& change = changes[epoch_];
      const bool by_time = change.at && now >= *change.at;
      const bool by_count = change.after_packets > 0 && matching_[epoch_] > change.after_packets;
      if (!by_time && !by_count) break;
      topology_.set_epoch(++epoch_);
    }
  }

  // Where flows choose among paths, the truth about a destination is that of the first flow sent to it.
  void remember_flow(wire::Packet packet) {
    constexpr std::size_t remembered_max = 65'536;
    if (!scenario_.has_choices || packet.size() < 20 || first_probes_.size() >= remembered_max) return;
    first_probes_.try_emplace(load_be32(packet, 16), packet.begin(), packet.end());
  }

  mutable CompiledScenario scenario_;  // routes are computed when first needed
  ScenarioTopology topology_;
  Forwarder forwarder_;
  wire::IpAddress address_;
  std::size_t epoch_{0};
  std::vector<std::uint64_t> matching_;
  std::map<std::uint32_t, std::vector<std::byte>> first_probes_;
};

}  // namespace

std::unique_ptr<ScenarioNetwork> load_scenario(std::string_view toml_text, std::string_view name, std::uint64_t seed) {
  Model model = read_model(toml_text, name);
  if (!model.internet) return std::make_unique<TableNetwork>(std::move(model), seed);
  auto& internet = *model.internet;
  if (!internet.has_seed) {
    internet.options.seed = seed;
    model.info.destinations = procedural_destinations(seed, internet.sample);
  }
  return make_procedural_network(internet.options, std::move(model.info));
}

}  // namespace utnt::emu
