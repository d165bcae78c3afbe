// SPDX-License-Identifier: BSD-2-Clause
// utnt-tender: becomes the image. Loads it, fills in the boot information, gives up every privilege and every system
// call but five, and jumps. After the jump no code of this program runs again. Statically linked at 8 GiB, above any
// image, without a C library, so that a start costs little time and memory.
// Source: the unikernel specification, section 12. The arguments: docs/reference/tender.md.
#include <asm/unistd.h>

#include "tender/process/program/kernel.hpp"
#include "tender/process/program/load.hpp"
#include "tender/process/program/surrender.hpp"

namespace utnt::tender::program {
namespace {

std::uint64_t read_clock(int which) {
  struct {
    std::int64_t seconds, nanoseconds;
  } at{};
  require(call_kernel(__NR_clock_gettime, which, &at), "cannot read the clock");
  return static_cast<std::uint64_t>(at.seconds) * 1'000'000'000 + static_cast<std::uint64_t>(at.nanoseconds);
}

std::uint64_t read_tsc() {
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
}

void fill_clocks(const Arguments& arguments, abi::BootInfo& info) {
  constexpr int clock_realtime = 0, clock_monotonic = 1;
  info.tsc_hz = arguments.distrusts_tsc ? abi::tsc_unusable : arguments.tsc_hz;
  info.epoch0_ns = arguments.epoch_ns != 0 ? arguments.epoch_ns : read_clock(clock_realtime);
  info.mono0_ns = read_clock(clock_monotonic);
  info.tsc0 = read_tsc();
}

void fill_devices(const Arguments& arguments, abi::BootInfo& info) {
  info.nic_count = arguments.nic_count;
  info.nics = arguments.nics;
  // The boot information ends where the memory ends.
  map_rings(info.nics, reinterpret_cast<std::uint64_t>(&info + 1));
  info.record_fd = arguments.record_fd;
  info.log_fd = arguments.log_fd;
  info.seed = arguments.seed;
  if (arguments.has_seed) return;
  if (require(call_kernel(__NR_getrandom, info.seed.data(), info.seed.size(), 0), "cannot get random bytes") !=
      long{sizeof info.seed})
    fail(Status::environment, "the kernel gave too few random bytes");
}

/// What others put into the environment is none of the image's business.
void wipe_environment(char** variables) {
  for (; *variables != nullptr; ++variables) {
    for (char* at = *variables; *at != 0; ++at) *at = 0;
    *variables = nullptr;
  }
}

[[noreturn]] void jump(const Loaded& loaded) {
  register std::uint64_t entry asm("r11") = loaded.entry;
  asm volatile(R"(
    movq %[stack], %%rsp
    pushq $0
    xorl %%eax, %%eax
    xorl %%ebx, %%ebx
    xorl %%ecx, %%ecx
    xorl %%edx, %%edx
    xorl %%ebp, %%ebp
    xorl %%r8d, %%r8d
    xorl %%r9d, %%r9d
    xorl %%r10d, %%r10d
    xorl %%r12d, %%r12d
    xorl %%r13d, %%r13d
    xorl %%r14d, %%r14d
    xorl %%r15d, %%r15d
    jmpq *%[entry])"
               :
               : [stack] "S"(loaded.stack), [entry] "r"(entry), "D"(loaded.info)
               : "memory");
  __builtin_unreachable();
}

}  // namespace
}  // namespace utnt::tender::program

/// `stack` is as the kernel leaves it: argc, argv, null, environment, null.
extern "C" [[noreturn]] void utnt_tender_main(std::uint64_t* stack) {
  using namespace utnt::tender::program;  // the function has C linkage and so stands outside
  auto** const words = reinterpret_cast<char**>(stack + 1);
  wipe_environment(words + stack[0] + 1);
  if (stack[0] == 0) fail(Status::bad_input, "no arguments");
  utnt::tender::Arguments arguments;
  const auto mistake = read_arguments(words + 1, arguments);
  if (!mistake.empty()) fail(Status::bad_input, "cannot understand the argument ", mistake);
  if (arguments.log_fd >= 0) set_log(arguments.log_fd);
  prepare_process(arguments);
  const auto loaded = load(arguments);
  fill_devices(arguments, *loaded.info);
  give_up_privileges(arguments);
  fill_clocks(arguments, *loaded.info);
  install_call_filter(arguments);
  jump(loaded);
}
