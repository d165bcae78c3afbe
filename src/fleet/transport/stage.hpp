// SPDX-License-Identifier: BSD-2-Clause
// Putting the agent on a node: into the cache of the user, under its digest, through the standard input of a fixed
// shell script. The only text that goes into a script is the digest, 64 hexadecimal digits. What is there is used only
// when its content has that digest; what was half sent never gets the name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/transport/child_process.hpp"
#include "fleet/transport/ssh_command.hpp"

namespace utnt::fleet {

/// The agent's executable as it is to be staged.
struct AgentProgram {
  std::vector<std::byte> content{};
  std::string digest{};
  std::string machine{};  ///< as `uname -m` says it: x86_64, aarch64
};

/// Throws Failure: not there, no ELF program, larger than 16 MiB.
AgentProgram load_agent(const std::string& path);

/// Runs a command for the remote login shell, with that standard input.
using RemoteShell = std::function<CommandResult(const std::string& remote_command, ConstBytes input)>;
/// `cancel`: see CommandLimits.
RemoteShell ssh_shell(const SshTarget& target, const SshPlaces& places, int cancel = -1);

enum class Staged : std::uint8_t {
  was_there,
  installed,  ///< by the node's owner: a forced command lets us speak to it and to nothing else
  now,
  other_machine,  ///< the node's processor is another
  no_space,       ///< or another reason why the file could not be written
  no_shell,       ///< what answers is not the shell that we need: forced command, no sha256sum
  no_connection,
};

/// How the agent's program, as a forced command, refuses what is no command of its own.
inline constexpr std::string_view forced_command_refusal =
    "this key may only ask for utnt-node relay, probe, rotate or version";

struct StageResult {
  Staged outcome{Staged::was_there};
  std::string detail{};   ///< for people: what is wrong and what to do
  std::string machine{};  ///< of the node
};
/// Whether the same may succeed after a while, without anybody doing something about it.
bool can_heal(const StageResult& result);

/// At most two commands: one that looks, one that uploads.
StageResult stage_agent(const std::string& node, const AgentProgram& agent, const RemoteShell& shell);

/// Says "utnt-agent MACHINE there" or "utnt-agent MACHINE absent".
std::string stage_look_command(const std::string& digest);
/// Reads the program from its standard input; exit status 0, or one of those of stage.cpp.
std::string stage_upload_command(const std::string& digest);

}  // namespace utnt::fleet
