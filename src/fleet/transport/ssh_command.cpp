// SPDX-License-Identifier: BSD-2-Clause
// Options are given as `-o Name=value`, whose value ssh reads as a line of ssh_config: it is quoted, and what would be
// expanded there (% and $) is doubled or refused.
#include "fleet/transport/ssh_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "fleet/trust/digest.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

constexpr std::size_t socket_path_max = 107;  ///< of a Unix socket, unix(7)
constexpr std::size_t temporary_ending = 17;  ///< ssh binds to a temporary name first
constexpr std::size_t control_name_digits = 16;

/// A word that ssh, or a shell behind ProxyJump, can only take for what it is.
void check_word(const SshTarget& target, std::string_view field, std::string_view word, std::string_view also) {
  const auto is_plain = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || also.find(c) != std::string_view::npos;
  };
  if (!word.empty() && !word.starts_with('-') && word.size() <= 255 && std::ranges::all_of(word, is_plain)) return;
  throw Failure{ExitCode::bad_input,
                fmt::format("node {}: the {} is \"{}\": expected letters, digits, dots, {} and no - in front",
                            target.name, field, word, fmt::format("_ - {}", also))};
}

void check(const SshTarget& target) {
  check_word(target, "name", target.name, "");
  check_word(target, "host", target.host, ":%");  // IPv6 with a zone
  if (!target.user.empty()) check_word(target, "user", target.user, "@+");
  if (!target.jump.empty()) check_word(target, "jump host", target.jump, "@:,[]");
  if (target.port && *target.port == 0)
    throw Failure{ExitCode::bad_input, fmt::format("node {}: the port is 0, expected 1 to 65535", target.name)};
}

/// A path as the value of an option.
std::string quoted(std::string_view what, std::string_view path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\' || c == '$' || static_cast<unsigned char>(c) < ' ')
      throw Failure{ExitCode::bad_input, fmt::format("{} {}: ssh cannot be told a path with quotes, backslashes, $ or "
                                                     "control characters; choose another",
                                                     what, path)};
    out += c;
    if (c == '%') out += '%';
  }
  return out + '"';
}

/// One connection for one way to reach a node under one set of pins: another key or pin makes another connection.
std::string control_path(const SshTarget& target, const SshPlaces& places) {
  const std::string way =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", target.name, target.host, target.user, target.port.value_or(0),
                  target.key, target.jump, places.known_hosts, places.config);
  std::string path =
      fmt::format("{}/c-{}", places.runtime_dir, sha256_hex(std::string_view{way}).substr(0, control_name_digits));
  if (path.size() + temporary_ending > socket_path_max)
    throw Failure{ExitCode::bad_input,
                  fmt::format("{}: too long for the sockets of shared connections; choose a "
                              "runtime directory of at most {} bytes",
                              places.runtime_dir, socket_path_max - temporary_ending - control_name_digits - 3)};
  return path;
}

class Words {
 public:
  explicit Words(const std::string& program) : words_{program} {}
  void add(std::string word) { words_.push_back(std::move(word)); }
  void option(std::string_view name, std::string_view value) {
    words_.emplace_back("-o");
    words_.push_back(fmt::format("{}={}", name, value));
  }
  [[nodiscard]] Command command() && {
    // Nobody is there to be asked, not even by a window: a jump host's ssh inherits this.
    return {.words = std::move(words_), .environment = {{"SSH_ASKPASS_REQUIRE", "never"}, {"LC_ALL", "C"}}};
  }

 private:
  std::vector<std::string> words_;
};

/// What every call has in common: who and where, and nothing that asks or forwards.
Words common(const SshTarget& target, const SshPlaces& places) {
  check(target);
  Words words{places.program};
  if (!places.config.empty()) {
    words.add("-F");
    words.add(places.config);
  }
  for (const auto* flag : {"-T", "-a", "-x"}) words.add(flag);  // no terminal, no agent, no X11
  words.option("BatchMode", "yes");
  words.option("ClearAllForwardings", "yes");
  words.option("Tunnel", "no");
  words.option("PermitLocalCommand", "no");
  words.option("RemoteCommand", "none");
  words.option("SessionType", "default");
  words.option("StdinNull", "no");
  words.option("ForkAfterAuthentication", "no");
  words.option("EscapeChar", "none");
  words.option("LogLevel", "ERROR");
  words.option("ConnectTimeout", "10");
  words.option("ServerAliveInterval", "5");
  words.option("ServerAliveCountMax", "3");
  words.option("HostKeyAlias", target.name);
  words.option("CheckHostIP", "no");
  words.option("GlobalKnownHostsFile", "/dev/null");
  words.option("KnownHostsCommand", "none");
  words.option("VerifyHostKeyDNS", "no");
  words.option("UpdateHostKeys", "no");
  if (!target.key.empty()) {
    words.option("IdentityFile", quoted("the key", target.key));
    words.option("IdentitiesOnly", "yes");
  }
  if (!target.jump.empty()) words.option("ProxyJump", target.jump);
  if (target.port) words.option("Port", fmt::format("{}", *target.port));
  if (!target.user.empty()) words.option("User", target.user);
  return words;
}

}  // namespace

Command ssh_command(const SshTarget& target, const SshPlaces& places, const std::string& remote_command) {
  Words words = common(target, places);
  words.option("StrictHostKeyChecking", "yes");
  words.option("UserKnownHostsFile", quoted("the pinned host keys", places.known_hosts));
  words.option("ControlMaster", "auto");
  words.option("ControlPersist", "60");
  words.option("ControlPath", quoted("the runtime directory", control_path(target, places)));
  words.add("--");
  words.add(target.host);
  words.add(remote_command);
  return std::move(words).command();
}

Command ssh_control_command(const SshTarget& target, const SshPlaces& places, SshControl what) {
  Words words = common(target, places);
  words.option("ControlPath", quoted("the runtime directory", control_path(target, places)));
  words.add("-O");
  words.add(what == SshControl::check ? "check" : "exit");
  words.add("--");
  words.add(target.host);
  return std::move(words).command();
}

Command ssh_scan_command(const SshTarget& target, const SshPlaces& places, const std::string& known_hosts_file) {
  Words words = common(target, places);
  words.option("StrictHostKeyChecking", "accept-new");
  words.option("HashKnownHosts", "no");
  words.option("UserKnownHostsFile", quoted("the scanned host keys", known_hosts_file));
  words.option("ControlMaster", "no");
  words.option("ControlPath", "none");
  words.add("--");
  words.add(target.host);
  words.add("true");
  return std::move(words).command();
}

std::string remote_relay_command(const std::string& agent_digest) {
  return remote_agent_command(agent_digest, "relay");
}

std::string remote_agent_command(const std::string& agent_digest, const std::string& word) {
  if (!is_digest(agent_digest))
    throw Failure{ExitCode::bad_input, fmt::format("\"{}\" is not the digest of an agent", agent_digest)};
  return fmt::format("exec \"$HOME\"/.cache/utnt/agent-{} {}", agent_digest, word);
}

std::string remote_installed_command(const std::string& word) { return "utnt-node " + word; }

void prepare_runtime_dir(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw os_linux::system_failure(fmt::format("{}: the runtime directory cannot be made", path), errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    throw os_linux::system_failure(fmt::format("{}: the runtime directory cannot be looked at", path), errno);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0)
    throw Failure{ExitCode::not_permitted,
                  fmt::format("{}: must be a directory of yours that nobody else may enter (chmod 700), for whoever "
                              "enters it can use your connections",
                              path)};
}

}  // namespace utnt::fleet
