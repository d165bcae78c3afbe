// SPDX-License-Identifier: BSD-2-Clause
// Lines "name type base64". The scan lets ssh write such a line to a file in the runtime directory.
#include "fleet/transport/known_hosts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fleet/transport/ssh_failure.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_file.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/scratch_directory.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{4} << 20;
constexpr Duration scan_patience{30'000'000'000};

struct Line {
  std::string_view name{};
  HostKey key{};
};

/// An empty name: no line of ours (a comment, a hashed name, a marker).
Line parse_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.starts_with('#') || line.starts_with('@') || line.starts_with('|'))
    return {};
  auto key = line.substr(second + 1);
  key = key.substr(0, key.find(' '));
  if (!from_base64(key)) return {};
  return {.name = line.substr(0, first),
          .key = {.type = std::string{line.substr(first + 1, second - first - 1)}, .key = std::string{key}}};
}

template <class OnLine>
void for_each_line(std::string_view text, OnLine on_line) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    on_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string file_text(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
  return read_trust_file(path, file_bytes_max, Readers::everybody);
}

/// Held until it is closed.
os_linux::UniqueFd lock_pins(const std::string& path) {
  os_linux::UniqueFd lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock.is_open()) throw os_linux::system_failure(path + ": cannot be opened", errno);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw os_linux::system_failure(path + ": cannot be locked", errno);
  return lock;
}

}  // namespace

std::string fingerprint(const HostKey& key) {
  const auto bytes = from_base64(key.key);
  std::string text = to_base64(sha256(bytes ? ConstBytes{*bytes} : ConstBytes{}));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::vector<HostKey> host_keys_named(std::string_view text, std::string_view name) {
  std::vector<HostKey> keys;
  for_each_line(text, [&](std::string_view line) {
    if (const Line parsed = parse_line(line); !parsed.name.empty() && parsed.name == name) keys.push_back(parsed.key);
  });
  return keys;
}

std::vector<HostKey> pinned_keys(const std::string& path, std::string_view name) {
  return host_keys_named(file_text(path), name);
}

void pin_keys(const std::string& path, std::string_view name, const std::vector<HostKey>& keys) {
  const auto lock = lock_pins(path + ".lock");
  std::string text;
  for_each_line(file_text(path), [&](std::string_view line) {
    if (parse_line(line).name != name) text += fmt::format("{}\n", line);
  });
  for (const HostKey& key : keys) text += fmt::format("{} {} {}\n", name, key.type, key.key);
  write_trust_file(path, text, Readers::everybody, Existing::replace);
}

std::vector<HostKey> scan_host_keys(const SshTarget& target, const SshPlaces& places, int cancel) {
  const os_linux::ScratchDirectory directory{places.runtime_dir, "scan"};
  const auto file = directory / "known_hosts";
  const auto result =
      run_command(ssh_scan_command(target, places, file), {}, {.time_max = scan_patience, .cancel = cancel});
  auto keys = pinned_keys(file, target.name);
  if (keys.empty())
    throw os_linux::Failure{os_linux::ExitCode::environment, explain_ssh_failure(target.name, result.errors)};
  return keys;
}

}  // namespace utnt::fleet
