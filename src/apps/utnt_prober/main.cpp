// SPDX-License-Identifier: BSD-2-Clause
// utnt-prober: what containers and virtual machines of a fleet run. Static and small: it is all that their root file
// system holds.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "abi/command_line.hpp"
#include "apps/utnt_prober/machine.hpp"
#include "apps/utnt_prober/prober_run.hpp"
#include "os_linux/exit_code.hpp"
#include "version_build.hpp"

namespace utnt::prober {
namespace {

constexpr const char* usage_text =
    "usage: utnt-prober [OPTION...] [--] WORD...\n"
    "\n"
    "Traces the destinations of a list, by the words that the image takes, and writes the image's record stream.\n"
    "\n"
    "  --records FD      write the records there (default 1)\n"
    "  --module FD       read the list from this file (default: dst= words alone)\n"
    "  --interface NAME  send and receive by this interface (default: as the routes say)\n"
    "  --tables BYTES    memory for the engine's tables, at most (default 8 MiB)\n"
    "  --version         print the version\n"
    "  --help            print this\n"
    "\n"
    "As the first process of a virtual machine (/init) it takes no options: docs/reference/fleet.md.\n";

struct Arguments {
  int records{STDOUT_FILENO};
  int module{-1};
  Task task;
};

int number_of(std::string_view text, std::uint64_t most, std::uint64_t& out) {
  const auto number = abi::parse_number(text);
  if (!number || *number > most) return -1;
  out = *number;
  return 0;
}

/// The word that cannot be understood; null: none.
const char* read_arguments(int count, char** words, Arguments& out) {
  constexpr std::uint64_t descriptor_max = 1'000'000, table_bytes_max = std::uint64_t{1} << 40;
  int at = 1;
  for (; at < count && std::string_view{words[at]}.starts_with("--"); at += 2) {
    const std::string_view option{words[at]};
    if (option == "--") {
      ++at;
      break;
    }
    if (at + 1 == count) return words[at];
    std::uint64_t number = 0;
    if (option == "--interface") {
      out.task.interface = words[at + 1];
    } else if (option == "--records" && number_of(words[at + 1], descriptor_max, number) == 0) {
      out.records = static_cast<int>(number);
    } else if (option == "--module" && number_of(words[at + 1], descriptor_max, number) == 0) {
      out.module = static_cast<int>(number);
    } else if (option != "--tables" || number_of(words[at + 1], table_bytes_max, out.task.table_bytes) != 0) {
      return words[at];
    }
  }
  for (; at < count; ++at) out.task.command_line += (out.task.command_line.empty() ? "" : " ") + std::string{words[at]};
  return nullptr;
}

/// The file's bytes, for as long as this program lives; false: it cannot be read.
bool map_module(int descriptor, ConstBytes& module) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  if (status.st_size == 0) return true;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  const void* const place = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (place == MAP_FAILED) return false;
  module = {static_cast<const std::byte*>(place), bytes};
  return true;
}

}  // namespace
}  // namespace utnt::prober

int main(int count, char** words) {
  using namespace utnt::prober;  // main() stands outside
  using utnt::os_linux::ExitCode;
  if (::getpid() == 1 && std::string_view{words[0]} == machine_program) be_machine();
  if (count == 2 && std::string_view{words[1]} == "--help") return std::fputs(usage_text, stdout) < 0;
  if (count == 2 && std::string_view{words[1]} == "--version")
    return std::puts("utnt-prober " UTNT_VERSION_NUMBER " (" UTNT_VERSION_COMMIT ")") < 0;
  Arguments arguments;
  if (const auto* const mistake = read_arguments(count, words, arguments)) {
    std::fprintf(stderr, "utnt-prober: cannot understand %s\n%s", mistake, usage_text);
    return to_int(ExitCode::bad_input);
  }
  if (arguments.module >= 0 && !map_module(arguments.module, arguments.task.module)) {
    std::fputs("utnt-prober: cannot read the list\n", stderr);
    return to_int(ExitCode::bad_input);
  }
  ::signal(SIGPIPE, SIG_IGN);  // a reader that is gone is told by write(2)
  set_record_descriptor(arguments.records);
  return run_task(arguments.task);
}
