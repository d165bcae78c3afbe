// SPDX-License-Identifier: BSD-2-Clause
// What makes `utnt` and `utnt-node` mortal: linked into copies of them, it takes the place of the empty functions of
// os_linux/fault_point.cpp. Who is killed gets SIGKILL, in the middle of whatever it does.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "fault_board.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet::test {
namespace {

FaultBoard* map_board() {
  const char* const path = std::getenv("UTNT_FAULT_BOARD");
  if (path == nullptr) return nullptr;
  const os_linux::UniqueFd file{::open(path, O_RDWR | O_CLOEXEC)};
  void* const place = ::mmap(nullptr, sizeof(FaultBoard), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  return place == MAP_FAILED ? nullptr : static_cast<FaultBoard*>(place);
}

/// By the first word of its command line behind the program: `utnt-node agent`, `utnt-node relay`, `utnt fleet`.
std::optional<Victim> own_role() {
  std::array<char, 4096> text{};
  const os_linux::UniqueFd file{::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)};
  const auto size = ::read(file.get(), text.data(), text.size() - 1);
  if (size <= 0) return std::nullopt;
  std::string_view words{text.data(), static_cast<std::size_t>(size)};
  words.remove_prefix(std::min(words.find('\0'), words.size() - 1) + 1);
  const auto word = words.substr(0, words.find('\0'));
  if (word == "agent") return Victim::agent;
  if (word == "relay") return Victim::relay;
  if (word == "fleet") return Victim::controller;
  return std::nullopt;
}

void pass(FaultBoard& board, Victim victim, std::string_view name, int process_id) noexcept {
  const auto place = ++board.seen[static_cast<std::size_t>(victim)];
  if (board.whose != static_cast<std::uint32_t>(victim) || board.due_at != place) return;
  const auto shown = name.substr(0, board.where.size() - 1);
  std::copy(shown.begin(), shown.end(), board.where.begin());
  ++board.kills;
  ::kill(process_id, SIGKILL);
}

}  // namespace
}  // namespace utnt::fleet::test

namespace utnt::os_linux {

void fault_point(std::string_view name) noexcept {
  using namespace fleet::test;  // NOLINT(google-build-using-namespace): of a test
  static FaultBoard* const board = map_board();
  static const auto role = own_role();
  if (board != nullptr && role) pass(*board, *role, name, ::getpid());
}

void fault_point_of(std::string_view what, std::string_view name, int process_id) noexcept {
  using namespace fleet::test;  // NOLINT(google-build-using-namespace): of a test
  static FaultBoard* const board = map_board();
  const auto found = std::find(victim_names.begin(), victim_names.end(), what);
  if (board == nullptr || found == victim_names.end() || process_id <= 1) return;
  pass(*board, static_cast<Victim>(found - victim_names.begin()), name, process_id);
}

}  // namespace utnt::os_linux
