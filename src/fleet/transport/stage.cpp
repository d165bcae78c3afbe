// SPDX-License-Identifier: BSD-2-Clause
// The scripts go to `sh -c '...'`, which sh, bash, zsh, fish and csh all hand on alike: no single quote, backslash,
// exclamation mark or line end in them. POSIX sh plus sha256sum (coreutils, busybox).
#include "fleet/transport/stage.hpp"

#include <fmt/format.h>

#include <string_view>

#include "fleet/transport/ssh_failure.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/trust_error.hpp"
#include "fleet/trust/trust_file.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

constexpr std::size_t agent_bytes_max = std::size_t{16} << 20;
constexpr Duration stage_patience{600'000'000'000};  // 2 MB over a line of 30 kbit/s

// Exit statuses of the upload.
constexpr int no_directory = 73, not_written = 74, no_sha256sum = 75, other_content = 76, not_renamed = 77;

constexpr std::string_view look = R"(sh -c 'f="$HOME/.cache/utnt/agent-{0}"; s=$(sha256sum 2>/dev/null <"$f"); )"
                                  R"(if [ -x "$f" ] && [ "${{s%% *}}" = {0} ]; then p=there; else p=absent; fi; )"
                                  R"(echo "utnt-agent $(uname -m) $p"')";

constexpr std::string_view upload =
    R"(sh -c 'umask 077; d="$HOME/.cache/utnt"; t="$d/.upload-$$"; mkdir -p "$d" || exit 73; )"
    R"(c() {{ rm -f "$t"; }}; trap c 0; trap "exit 129" 1 2 13 15; cat >"$t" || exit 74; )"
    R"(s=$(sha256sum <"$t") || exit 75; [ "${{s%% *}}" = {0} ] || exit 76; )"
    R"(chmod 700 "$t" && mv -f "$t" "$d/agent-{0}" || exit 77')";

std::string with_digest(std::string_view script, const std::string& digest) {
  if (!is_digest(digest))
    throw Failure{ExitCode::bad_input, fmt::format("\"{}\" is not the digest of an agent", digest)};
  return fmt::format(fmt::runtime(script), digest);
}

std::string machine_of(std::string_view program) {
  constexpr std::size_t at_machine = 18;  // e_machine of the ELF header
  if (program.size() < 64 || !program.starts_with("\x7f"
                                                  "ELF"))
    return {};
  switch (static_cast<unsigned char>(program[at_machine])) {
    case 62:
      return "x86_64";
    case 183:
      return "aarch64";
    case 243:
      return "riscv64";
    default:
      return {};
  }
}

/// The last line that is ours: what a login script prints stands before it. Machine and whether the agent is there.
struct Look {
  std::string machine{};
  bool is_there{false};
};

Look parse_look(std::string_view output) {
  constexpr std::string_view mark = "utnt-agent ";
  const auto at = output.rfind(mark);
  if (at == std::string_view::npos) return {};
  auto line = output.substr(at + mark.size());
  line = line.substr(0, line.find('\n'));
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || blank > 32) return {};
  return {.machine = std::string{line.substr(0, blank)}, .is_there = line.substr(blank + 1) == "there"};
}

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 200)) out += c >= ' ' && c <= '~' ? c : ' ';
  return out;
}

StageResult explain_upload(const std::string& node, const CommandResult& result) {
  const auto said = shown(result.errors);
  switch (result.exit_status) {
    case 0:
      return {.outcome = Staged::now};
    case no_directory:
      return {.outcome = Staged::no_space,
              .detail = fmt::format("{}: ~/.cache/utnt cannot be made there: {}", node, said)};
    case not_written:
    case not_renamed:
      return {.outcome = Staged::no_space,
              .detail = fmt::format("{}: the agent cannot be written to ~/.cache/utnt there; is there space? {}", node,
                                    said)};
    case no_sha256sum:
      return {.outcome = Staged::no_shell,
              .detail = fmt::format("{}: sha256sum is missing there; install coreutils or busybox", node)};
    case other_content:
      return {.outcome = Staged::no_connection,
              .detail = fmt::format("{}: the agent did not arrive whole; try again", node)};
    default:
      return {.outcome = Staged::no_connection,
              .detail = result.is_out_of_time ? fmt::format("{}: the upload took too long", node)
                                              : explain_ssh_failure(node, result.errors)};
  }
}

}  // namespace

AgentProgram load_agent(const std::string& path) {
  std::string content;
  try {
    content = read_trust_file(path, agent_bytes_max, Readers::everybody);
  } catch (const TrustError& error) {
    throw Failure{ExitCode::environment, fmt::format("the agent to be staged: {}", error.what())};
  }
  AgentProgram agent;
  agent.machine = machine_of(content);
  if (agent.machine.empty())
    throw Failure{ExitCode::bad_input, fmt::format("{}: is no program that can be staged as agent", path)};
  const auto bytes = std::as_bytes(std::span{content});
  agent.content.assign(bytes.begin(), bytes.end());
  agent.digest = sha256_hex(bytes);
  return agent;
}

std::string stage_look_command(const std::string& digest) { return with_digest(look, digest); }
std::string stage_upload_command(const std::string& digest) { return with_digest(upload, digest); }

RemoteShell ssh_shell(const SshTarget& target, const SshPlaces& places, int cancel) {
  return [target, places, cancel](const std::string& remote_command, ConstBytes input) {
    return run_command(ssh_command(target, places, remote_command), input,
                       {.time_max = stage_patience, .cancel = cancel});
  };
}

bool can_heal(const StageResult& result) {
  switch (result.outcome) {
    case Staged::was_there:
    case Staged::installed:
    case Staged::now:
    case Staged::no_space:
      return true;
    case Staged::other_machine:
    case Staged::no_shell:
      return false;
    case Staged::no_connection:
      return can_heal(ssh_failure_of(result.detail));
  }
  return true;
}

StageResult stage_agent(const std::string& node, const AgentProgram& agent, const RemoteShell& shell) {
  const CommandResult looked = shell(stage_look_command(agent.digest), {});
  const Look found = parse_look(looked.output);
  if (found.machine.empty()) {
    if (looked.exit_status == 255 || looked.is_out_of_time)
      return {.outcome = Staged::no_connection, .detail = explain_ssh_failure(node, looked.errors)};
    // The second is a greeting: a relay from before forced commands looked at what they are asked for.
    if (looked.errors.find(forced_command_refusal) != std::string::npos || looked.output.starts_with("UTFR"))
      return {.outcome = Staged::installed};
    return {.outcome = Staged::no_shell,
            .detail = fmt::format("{}: a shell was expected and \"{}\" came: is there a forced command, or a login "
                                  "script that ends early? Install the agent there, or give this key a shell",
                                  node, shown(looked.output.empty() ? looked.errors : looked.output))};
  }
  if (found.machine != agent.machine)
    return {.outcome = Staged::other_machine,
            .detail = fmt::format("{}: is a {} machine, the agent is for {}; build one for it", node,
                                  shown(found.machine), agent.machine),
            .machine = found.machine};
  if (found.is_there) return {.outcome = Staged::was_there, .machine = found.machine};
  StageResult result = explain_upload(node, shell(stage_upload_command(agent.digest), agent.content));
  result.machine = found.machine;
  return result;
}

}  // namespace utnt::fleet
