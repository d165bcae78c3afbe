// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/network.hpp"

#include "base/prng.hpp"
#include "emu/forward.hpp"
#include "emu/procedural/truth.hpp"
#include "emu/truth_builder.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {
namespace {

class ProceduralNetwork final : public ScenarioNetwork {
 public:
  ProceduralNetwork(const ProceduralOptions& options, ScenarioInfo info)
      : info_{std::move(info)}, topology_{options}, forwarder_{topology_, vantage_point_node, mix64(options.seed)} {}

  [[nodiscard]] wire::IpAddress vantage_point() const override { return wire::Ipv4Address{vantage_point_address}; }
  void send(wire::Packet packet, Instant now) override { forwarder_.send(packet, now); }
  [[nodiscard]] std::optional<Instant> next_arrival() const override { return forwarder_.arrivals().next(); }
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override {
    return forwarder_.arrivals().take(out, now);
  }
  [[nodiscard]] Truth truth(const wire::IpAddress& destination) const override {
    if (!destination.is_v4()) return {.path = {}, .tunnels = {}, .reachable = false};
    return procedural_truth(topology_, destination.v4().value(),
                            default_probe(wire::Ipv4Address{vantage_point_address}, destination.v4()));
  }
  [[nodiscard]] Truth truth_for(wire::Packet probe) const override {
    const auto ip = wire::Ipv4View::parse(probe);
    if (!ip) return Truth{.path = {}, .tunnels = {}, .reachable = false};
    return procedural_truth(topology_, ip->destination().value(), probe);
  }
  [[nodiscard]] const ScenarioInfo& info() const override { return info_; }
  void set_impairments(const Impairments& impairments) override { forwarder_.set_impairments(impairments); }
  void set_recorder(Recorder* recorder) override { forwarder_.set_recorder(recorder); }
  [[nodiscard]] const NetworkCounters& counters() const override { return forwarder_.counters(); }

 private:
  ScenarioInfo info_;
  mutable ProceduralTopology topology_;  // plans are made when first needed
  Forwarder forwarder_;
};

}  // namespace

std::unique_ptr<ScenarioNetwork> make_procedural_network(const ProceduralOptions& options, ScenarioInfo info) {
  if (const auto field = invalid_field(options); !field.empty()) {
    throw ScenarioError{info.name, 0, "the procedural Internet cannot use this value of " + std::string{field}};
  }
  return std::make_unique<ProceduralNetwork>(options, std::move(info));
}

wire::IpAddress procedural_destination(std::uint64_t seed, std::uint64_t index) {
  // 24.0.0.0 to 95.255.255.0 holds no infrastructure and no reserved range: 4.7 million /24s, stepped through by a
  // multiplier prime to their number.
  constexpr std::uint64_t first = 24U << 16, size = 72U << 16, multiplier = 2'654'435'761;
  const auto prefix = first + (mix64(seed) % size + index % size * multiplier) % size;
  const auto host = 1 + mix64(seed ^ prefix) % 200;
  return wire::Ipv4Address{static_cast<std::uint32_t>(prefix << 8 | host)};
}

std::vector<wire::IpAddress> procedural_destinations(std::uint64_t seed, std::size_t count) {
  std::vector<wire::IpAddress> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(procedural_destination(seed, i));
  return out;
}

}  // namespace utnt::emu
