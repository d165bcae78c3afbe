// SPDX-License-Identifier: BSD-2-Clause
// What a node can do, found by doing it: a micro guest under each tender (the image without an interface, which it
// documents to end with code 4), a container and a machine where its owner allows them (with no destination: code 2),
// a timed loop for KVM, a look at the rest. Started once over the connection that stages
// the agent, beside an agent that may be at work. The answer is signed by the node's key.
#pragma once

#include <string>

#include "fleet/model/probe_request.hpp"
#include "fleet/node/node_config.hpp"

namespace utnt::fleet {

struct ProbeAnswer {
  std::string record;     ///< JSON, one line
  std::string signature;  ///< of the node's key over it (Purpose::record); empty: it has none yet
};
/// `tender_program`: path of utnt-tender; `version` is for people. Throws os_linux::Failure: the spool cannot be used.
ProbeAnswer probe_node(const NodeConfig& config, const ProbeRequest& request, const std::string& tender_program,
                       const std::string& version);

}  // namespace utnt::fleet
