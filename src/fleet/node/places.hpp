// SPDX-License-Identifier: BSD-2-Clause
// Where an agent lives: one per user and spool directory.
#pragma once

#include <string>

namespace utnt::fleet {

/// $XDG_STATE_HOME/utnt-node, else ~/.local/state/utnt-node. Throws os_linux::Failure without a home.
std::string default_spool();

inline std::string agent_socket(const std::string& spool) { return spool + "/agent.sock"; }
inline std::string agent_lock(const std::string& spool) { return spool + "/agent.lock"; }
inline std::string agent_budget(const std::string& spool) { return spool + "/agent.budget"; }
inline std::string agent_program(const std::string& spool) { return spool + "/agent.program"; }
inline std::string agent_log(const std::string& spool) { return spool + "/agent.log"; }

/// Directory and path of the running program.
std::string own_program();
/// SHA-256 of the running program, whatever has become of its file: agents of different builds are told apart by it.
std::string own_program_digest();

}  // namespace utnt::fleet
