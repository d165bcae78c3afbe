// SPDX-License-Identifier: BSD-2-Clause
// The second field of /proc/PID/stat is the program's name in parentheses and may hold anything: numbers are counted
// from the last closing one.
#include "tender/owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "os_linux/plain_text.hpp"

namespace utnt::tender {
namespace {

std::uint64_t own_pid_namespace() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

/// When the process started; empty when there is none, or only one that nobody has waited for.
std::optional<std::uint64_t> start_of(int process_id) {
  const auto text = os_linux::read_text_file("/proc/" + std::to_string(process_id) + "/stat").value_or("");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const auto fields = os_linux::words_of(std::string_view{text}.substr(name_end + 1));
  constexpr std::size_t start_field = 19;  // after the name: the state is the first
  if (fields.size() <= start_field || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  std::uint64_t start = 0;
  const auto field = fields[start_field];
  if (std::from_chars(field.data(), field.data() + field.size(), start).ec != std::errc{}) return std::nullopt;
  return start;
}

}  // namespace

Owner Owner::self() {
  return {
      .pid_namespace = own_pid_namespace(), .process_id = ::getpid(), .start_ticks = start_of(::getpid()).value_or(0)};
}

std::string Owner::text() const {
  return std::to_string(pid_namespace) + "-" + std::to_string(process_id) + "-" + std::to_string(start_ticks);
}

std::optional<Owner> Owner::parse(std::string_view text) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('-')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  constexpr std::uint64_t process_id_max = 1 << 22;
  if ((!text.empty() && text.front() != '-') || numbers[1] == 0 || numbers[1] > process_id_max) return std::nullopt;
  return Owner{numbers[0], static_cast<int>(numbers[1]), numbers[2]};
}

bool Owner::is_gone() const {
  if (pid_namespace == 0 || pid_namespace != own_pid_namespace()) return false;
  return start_of(process_id) != start_ticks;
}

}  // namespace utnt::tender
