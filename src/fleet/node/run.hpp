// SPDX-License-Identifier: BSD-2-Clause
// Something that a node runs for an order: a variant is one way to do it. A run ends in a bundle, whatever happened to
// it; the agent's loop polls its descriptor and never waits for it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/order.hpp"

namespace utnt::fleet {

/// How instances on this node reach the network.
struct NodeNetwork {
  std::string kind;         ///< unix, tap, ring; empty: none
  std::string peer;         ///< of unix: the socket; else the interface
  std::string address;      ///< A.B.C.D/LENGTH
  std::string gateway;      ///< A.B.C.D
  std::string gateway_mac;  ///< empty: asked for
};

/// What a run is given besides its order.
struct RunSetting {
  std::string image;  ///< path, verified
  NodeNetwork network;
  std::vector<std::string> forbidden;  ///< ranges FIRST-LAST that no probe may go to, ascending
  std::uint32_t pps_max{1000};         ///< of this node; the order's limit applies too
  std::uint32_t prefix_pps_max{0};     ///< 0: the engine's own
  std::string node;
  Instant received;  ///< of the job message
  Instant verified;  ///< of the image
};

class Run {
 public:
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;

  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual std::optional<Instant> deadline() const = 0;
  /// False: it has ended, bundle() is ready.
  virtual bool step() = 0;
  /// Ends it; what it found so far becomes a partial result that failed for this reason.
  virtual void stop(const std::string& reason) = 0;
  [[nodiscard]] virtual std::uint64_t probes() const = 0;
  [[nodiscard]] virtual std::string bundle() const = 0;
};

class Variants {
 public:
  Variants() = default;
  Variants(const Variants&) = delete;
  Variants& operator=(const Variants&) = delete;
  virtual ~Variants() = default;
  /// Why this node cannot run the order (a sentence); nothing when it can.
  [[nodiscard]] virtual std::optional<std::string> cannot(const Order& order) const = 0;
  /// Throws os_linux::Failure.
  virtual std::unique_ptr<Run> start(const Order& order, std::uint32_t attempt, const RunSetting& setting) = 0;
};

/// Everything that this program knows how to run. `tender_program`: path of utnt-tender; what containers need is kept
/// beside it.
std::unique_ptr<Variants> all_variants(const std::string& tender_program);

/// A bundle for a job that never got as far as an instance, or whose agent died.
std::string failure_bundle(const Order& order, std::uint32_t attempt, const RunSetting& setting,
                           const std::string& reason, const std::string& detail);

}  // namespace utnt::fleet
