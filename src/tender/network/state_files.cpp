// SPDX-License-Identifier: BSD-2-Clause
// Lines of "key value"; the last line proves that the rest is whole.
#include "tender/network/state_files.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "os_linux/failure.hpp"
#include "os_linux/runtime_directory.hpp"

namespace utnt::tender {
namespace {

using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::string_view first_line = "utnt-network 1", last_line = "end", lock_name = "lock";

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string read_link(const char* path) {
  std::array<char, 64> target{};
  const auto length = ::readlink(path, target.data(), target.size());
  return length > 0 ? std::string{target.data(), static_cast<std::size_t>(length)} : std::string{};
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() < 64 && std::ranges::all_of(text, [](unsigned char c) { return c > ' '; }) &&
         text.find('/') == std::string::npos;
}

}  // namespace

NetworkState NetworkState::here() {
  NetworkState state;
  state.owner = Owner::self();
  std::istringstream{read_file("/proc/sys/kernel/random/boot_id")} >> state.boot;
  state.net_namespace = read_link("/proc/thread-self/ns/net");
  return state;
}

std::string NetworkState::text() const {
  std::ostringstream out;
  out << first_line << "\nowner " << owner.text() << "\nboot " << boot << "\nnamespace " << net_namespace << '\n';
  if (!tap.empty()) out << "tap " << tap << '\n';
  if (!bridge.empty()) out << "bridge " << bridge << '\n';
  if (tap_index != 0) out << "tap-index " << tap_index << '\n';
  if (bridge_index != 0) out << "bridge-index " << bridge_index << '\n';
  if (!table.empty()) out << "table " << table << '\n';
  if (!forwarding.empty()) out << (had_forwarding ? "forwarding-was-on " : "forwarding-was-off ") << forwarding << '\n';
  out << last_line << '\n';
  return out.str();
}

std::optional<NetworkState> NetworkState::parse(std::string_view text) {
  std::istringstream lines{std::string{text}};
  std::string line;
  if (!std::getline(lines, line) || line != first_line) return std::nullopt;
  NetworkState state;
  bool has_owner = false, is_whole = false;
  while (!is_whole && std::getline(lines, line)) {
    is_whole = line == last_line;
    if (is_whole) break;
    const auto blank = line.find(' ');
    if (blank == std::string::npos) return std::nullopt;
    const auto key = line.substr(0, blank);
    const auto value = line.substr(blank + 1);
    if (!is_name(value)) return std::nullopt;
    if (key == "owner") {
      const auto owner = Owner::parse(value);
      if (!owner) return std::nullopt;
      state.owner = *owner;
      has_owner = true;
    } else if (key == "forwarding-was-on" || key == "forwarding-was-off") {
      state.forwarding = value;
      state.had_forwarding = key == "forwarding-was-on";
    } else if (key == "tap-index" || key == "bridge-index") {
      auto& index = key == "tap-index" ? state.tap_index : state.bridge_index;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), index);
      if (error != std::errc{} || *end != '\0') return std::nullopt;
    } else {
      auto* const field = key == "boot"        ? &state.boot
                          : key == "namespace" ? &state.net_namespace
                          : key == "tap"       ? &state.tap
                          : key == "bridge"    ? &state.bridge
                          : key == "table"     ? &state.table
                                               : nullptr;
      if (field == nullptr) return std::nullopt;
      *field = value;
    }
  }
  return has_owner && is_whole ? std::optional{state} : std::nullopt;
}

StateFiles::StateFiles(std::string directory) : directory_{std::move(directory)} {
  os_linux::make_private_directory(directory_);
}

StateFiles StateFiles::of_user() { return StateFiles{os_linux::runtime_directory() + "/network"}; }

UniqueFd StateFiles::lock() const {
  const auto path = directory_ + "/" + std::string{lock_name};
  UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open()) throw system_failure("cannot open " + path, errno);
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw system_failure("cannot lock " + path, errno);
  }
  return file;
}

void StateFiles::write(const std::string& name, const NetworkState& state) const {
  const auto path = directory_ + "/" + name;
  const auto fresh = directory_ + "/.new-" + name;
  const auto text = state.text();
  const UniqueFd file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename(fresh.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    throw system_failure("cannot write " + path, error);
  }
}

void StateFiles::remove(const std::string& name) const noexcept {
  try {
    ::unlink((directory_ + "/" + name).c_str());
  } catch (...) {  // no memory for the path: the file is removed at the next start
  }
}

std::vector<StateFiles::Entry> StateFiles::all() const {
  std::vector<Entry> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator file{directory_, error}, end; !error && file != end; file.increment(error)) {
    const auto name = file->path().filename().string();
    if (name == lock_name) continue;
    // A file of a writer that was killed before it renamed it: nothing was made yet. Callers hold the lock.
    auto state = name.starts_with(".new-") ? std::nullopt : NetworkState::parse(read_file(file->path()));
    if (!state) {
      remove(name);
      continue;
    }
    entries.push_back({.name = name, .state = std::move(*state)});
  }
  return entries;
}

}  // namespace utnt::tender
