// SPDX-License-Identifier: BSD-2-Clause
// Phrases of OpenSSH 8 and 9 (C locale), the most telling first: a changed key also says that verification failed.
#include "fleet/transport/ssh_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace utnt::fleet {
namespace {

struct Phrase {
  std::string_view words;
  SshFailure failure;
};

constexpr std::array phrases{
    Phrase{"REMOTE HOST IDENTIFICATION HAS CHANGED", SshFailure::changed_host_key},
    Phrase{"host key is known for", SshFailure::unknown_host_key},
    Phrase{"Host key verification failed", SshFailure::unknown_host_key},
    Phrase{"Permission denied (", SshFailure::not_let_in},
    Phrase{"Too many authentication failures", SshFailure::not_let_in},
    Phrase{"Could not resolve hostname", SshFailure::unreachable},
    Phrase{"Connection refused", SshFailure::unreachable},
    Phrase{"No route to host", SshFailure::unreachable},
    Phrase{"Network is unreachable", SshFailure::unreachable},
    Phrase{"Connection timed out", SshFailure::unreachable},
    Phrase{"Operation timed out", SshFailure::unreachable},
    Phrase{"during banner exchange", SshFailure::unreachable},
    Phrase{"/.cache/utnt/agent-", SshFailure::no_agent},
    Phrase{"utnt-node: command not found", SshFailure::not_installed},  // of bash, dash, zsh and fish
    Phrase{"utnt-node: not found", SshFailure::not_installed},
    Phrase{"command not found: utnt-node", SshFailure::not_installed},
    Phrase{"Unknown command: utnt-node", SshFailure::not_installed},
};

std::string_view advice(SshFailure failure) {
  switch (failure) {
    case SshFailure::unknown_host_key:
      return "its host key is not pinned: compare the fingerprint, then enrol it (utnt fleet nodes check --enrol)";
    case SshFailure::changed_host_key:
      return "its host key is not the pinned one: somebody may be in between; if the host was set up anew, forget the "
             "old "
             "one (utnt fleet nodes forget-host-key), then enrol it again (utnt fleet nodes check --enrol)";
    case SshFailure::not_let_in:
      return "it does not let us in: is the user right, and the public key in its authorized_keys?";
    case SshFailure::unreachable:
      return "it cannot be reached: are host, port and jump host right, is its sshd running?";
    case SshFailure::no_agent:
      return "its agent cannot be started: stage it again (utnt fleet nodes check)";
    case SshFailure::not_installed:
      return "utnt-node is not installed there, or not in its user's PATH: install it, or let it be brought (agent = "
             "\"staged\" in the inventory)";
    case SshFailure::other:
      return "the connection did not come about";
  }
  return {};
}

/// Of the banner about a changed key, too, which is a dozen lines between rows of @.
std::string on_one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!part.empty() && !part.starts_with('@')) line += (line.empty() ? "" : "; ") + std::string{part};
  }
  return line;
}

}  // namespace

SshFailure ssh_failure_of(std::string_view words_of_ssh) {
  for (const Phrase& phrase : phrases)
    if (words_of_ssh.find(phrase.words) != std::string_view::npos) return phrase.failure;
  return SshFailure::other;
}

std::string explain_ssh_failure(std::string_view node, std::string_view words_of_ssh) {
  const auto why = fmt::format("{}: {}", node, advice(ssh_failure_of(words_of_ssh)));
  const auto words = on_one_line(words_of_ssh);
  return words.empty() ? why : fmt::format("{} ({})", why, words);
}

}  // namespace utnt::fleet
