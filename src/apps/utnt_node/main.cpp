// SPDX-License-Identifier: BSD-2-Clause
// utnt-node: what the fleet runs on a node. Small and static, because it is sent there.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "apps/utnt_node/arguments.hpp"
#include "apps/utnt_node/tender_file.hpp"
#include "fleet/model/rotate_request.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/node_key.hpp"
#include "fleet/node/places.hpp"
#include "fleet/node/probe.hpp"
#include "fleet/node/relay.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/exit_code.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/signals.hpp"
#include "tender/open_nic.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;

constexpr const char* usage_text =
    "usage: utnt-node COMMAND [--spool DIRECTORY]\n"
    "\n"
    "  relay    connect standard input and output with this user's agent; start it when there is none; as the forced\n"
    "           command of an ssh key: relay, probe, rotate or version, as the last word of what was asked for says\n"
    "  agent    be the agent, in the foreground, log on standard error\n"
    "  probe    find out what this node can do, for utnt fleet nodes check (images on standard input)\n"
    "  rotate   give this node another key, for utnt fleet nodes rotate (the old one on standard input)\n"
    "  version  print the version\n"
    "  help     print this\n"
    "\n"
    "The spool holds what a node must not forget: jobs that it took, results that no store has acknowledged, images,\n"
    "the node's key, and config.json, with which the owner of the node limits what a controller may ask for.\n"
    "Default: $XDG_STATE_HOME/utnt-node, else ~/.local/state/utnt-node.\n"
    "\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 not permitted, 4 environment.\n";

ExitCode be_agent(const std::string& spool) {
  const auto config = read_node_config(spool);
  const auto variants = all_variants(place_tender(spool));
  tender::remove_stale_sockets();  // of an agent before us
  os_linux::StopSignals signals;
  AgentLoop loop{config, *variants, {.program = own_program_digest(), .fault = os_linux::fault_point}};
  os_linux::fault_point("the agent is there");
  loop.run(signals);
  agent_log("ended");
  return ExitCode::done;
}

ExitCode be_relay(const std::string& spool) {
  const auto agent = connect_to_agent(spool, {own_program(), "agent", "--spool", spool}, own_program_digest());
  os_linux::fault_point("the relay is there");
  relay(agent.get(), STDIN_FILENO, STDOUT_FILENO);
  os_linux::fault_point("the relay ends");
  return ExitCode::done;
}

std::string read_input(std::size_t bytes_max) {
  constexpr std::size_t piece = std::size_t{1} << 16;
  std::string text, buffer(piece, '\0');
  while (text.size() <= bytes_max) {
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) break;
    text.append(buffer, 0, static_cast<std::size_t>(got));
  }
  return text;
}

ExitCode be_probe(const std::string& spool) {
  const auto request = parse_probe_request(read_input(probe_request_max));
  const auto answer = probe_node(read_node_config(spool), request, place_tender(spool), node_version);
  std::puts(answer.record.c_str());
  std::puts(answer.signature.c_str());
  return std::fflush(stdout) == 0 ? ExitCode::done : ExitCode::environment;
}

ExitCode be_rotator(const std::string& spool) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto request = parse_rotate_request(read_input(rotate_request_max));
  std::puts(rotate_node_key(spool, request, os_linux::wall_clock_ns() / second).c_str());
  return std::fflush(stdout) == 0 ? ExitCode::done : ExitCode::environment;
}

ExitCode run(const NodeArguments& arguments) {
  switch (arguments.command) {
    case NodeCommand::agent:
      return be_agent(arguments.spool.empty() ? default_spool() : arguments.spool);
    case NodeCommand::relay:
      return be_relay(arguments.spool.empty() ? default_spool() : arguments.spool);
    case NodeCommand::probe:
      return be_probe(arguments.spool.empty() ? default_spool() : arguments.spool);
    case NodeCommand::rotate:
      return be_rotator(arguments.spool.empty() ? default_spool() : arguments.spool);
    case NodeCommand::version:
      std::puts(node_version);
      return ExitCode::done;
    case NodeCommand::help:
      std::fputs(usage_text, stdout);
      return ExitCode::done;
  }
  return ExitCode::bad_input;
}

}  // namespace
}  // namespace utnt::fleet

int main(int count, char** words) {
  using namespace utnt;  // NOLINT(google-build-using-namespace): nothing but main() is here
  ::signal(SIGPIPE, SIG_IGN);
  try {
    auto arguments = fleet::parse_node_arguments({words, static_cast<std::size_t>(count)});
    const char* const asked = std::getenv("SSH_ORIGINAL_COMMAND");
    if (arguments.command == fleet::NodeCommand::relay && asked != nullptr && *asked != '\0')
      arguments.command = fleet::forced_command(asked);
    return to_int(fleet::run(arguments));
  } catch (const os_linux::Failure& failure) {
    std::fprintf(stderr, "utnt-node: %s\n", failure.what());
    return to_int(failure.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "utnt-node: %s\n", error.what());
    return to_int(os_linux::ExitCode::environment);
  }
}
