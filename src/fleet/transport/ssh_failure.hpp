// SPDX-License-Identifier: BSD-2-Clause
// Why a connection by ssh did not come about, read from the words of ssh, and what to do about it. ssh has one exit
// status (255) for everything that goes wrong before the remote command runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace utnt::fleet {

enum class SshFailure : std::uint8_t {
  other,
  unknown_host_key,  ///< nothing is pinned for this node
  changed_host_key,  ///< another key than the pinned one
  not_let_in,        ///< user or key refused
  unreachable,       ///< no route, no answer, refused, no such name
  no_agent,          ///< connected; the agent's file is not there, or not executable
  not_installed,     ///< connected; its owner was to install the agent's program, and it is not found
};

/// Whether it may be otherwise by itself after a while; else somebody has to do something about it.
constexpr bool can_heal(SshFailure failure) {
  return failure == SshFailure::other || failure == SshFailure::unreachable || failure == SshFailure::no_agent;
}

SshFailure ssh_failure_of(std::string_view words_of_ssh);
/// One line for people: what happened and what to do, with the words of ssh at the end.
std::string explain_ssh_failure(std::string_view node, std::string_view words_of_ssh);

}  // namespace utnt::fleet
