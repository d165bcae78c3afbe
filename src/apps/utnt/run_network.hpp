// SPDX-License-Identifier: BSD-2-Clause
// The interface of an image as `utnt run` is told of it: an existing one, one to be made, or that of a lab; and the
// addresses that go with it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/utnt/run_options.hpp"
#include "tender/network/network_setup.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

/// The interface as the tender and the image need it.
struct RunNetwork {
  tender::NicRequest nic;
  std::string address;  ///< A.B.C.D/LENGTH; empty: the image asks a DHCP server
  std::string gateway;
  std::string gateway_mac;
  std::optional<tender::NetworkRequest> to_make;  ///< `nic` is not ready before make_network()
  /// 0.0.0.0 when a DHCP server decides.
  [[nodiscard]] wire::IpAddress source() const;
};

/// Throws Failure (bad_input) for options that contradict each other or are incomplete.
void check_network_options(const RunOptions& options);

/// Looks up the lab or the interface that the options name. Throws Failure.
RunNetwork run_network(const RunOptions& options);

/// Makes what is to be made for an image under `tender`, and completes `network` by it; null when everything exists. It
/// lives as long as the result. Throws Failure.
std::unique_ptr<tender::NetworkSetup> make_network(RunNetwork& network, const std::string& tender);

}  // namespace utnt::apps
