// SPDX-License-Identifier: BSD-2-Clause
// The short-lived end of a connection on the node: finds the agent of this user and spool, or starts it, and carries
// bytes between it and standard input and output. It understands none of them; when either side closes, it ends.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

/// Connects to the agent; starts `agent_command` (detached, its log in the spool) when there is none. `program`: digest
/// of the build that the caller wants to speak to (empty: any). An agent of another build is asked to hand over:
/// without jobs it ends at once and the caller's takes its place; else it takes no more, and ends when they have ended.
/// Throws os_linux::Failure when it does not answer within `patience`; the text ends with the last lines of its log.
os_linux::UniqueFd connect_to_agent(const std::string& spool, const std::vector<std::string>& agent_command,
                                    const std::string& program = {}, Duration patience = Duration{5'000'000'000});

/// Copies both ways until one side closes. Bytes that were taken are passed on before the end.
void relay(int agent, int input, int output);

}  // namespace utnt::fleet
