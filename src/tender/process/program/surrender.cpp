// SPDX-License-Identifier: BSD-2-Clause
// Order matters: the parent's death is asked for first, the filter comes last. Source: prctl(2), capabilities(7),
// close_range(2), setrlimit(2), seccomp(2).
#include "tender/process/program/surrender.hpp"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/resource.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "tender/process/call_filter.hpp"
#include "tender/process/program/kernel.hpp"

namespace utnt::tender::program {
namespace {

/// A few descriptors in rising order, each once.
class DescriptorSet {
 public:
  void add(std::int32_t fd) {
    if (fd < 0) return;
    unsigned at = 0;
    while (at < count_ && all_[at] < fd) ++at;
    if (at < count_ && all_[at] == fd) return;
    for (unsigned i = count_; i > at; --i) all_[i] = all_[i - 1];
    all_[at] = fd;
    ++count_;
  }
  [[nodiscard]] std::span<const std::int32_t> all() const { return {all_.data(), count_}; }

 private:
  std::array<std::int32_t, filter_descriptors_max> all_{};
  unsigned count_{0};
};

void add_nics(DescriptorSet& set, const Arguments& arguments, abi::NicKind kind) {
  for (unsigned i = 0; i < arguments.nic_count; ++i) {
    if (arguments.nics[i].kind == kind) set.add(arguments.nics[i].fd);
  }
}

struct Descriptors {
  DescriptorSet frames, rings, writable, all;
};

Descriptors sort_descriptors(const Arguments& arguments) {
  Descriptors sorted;
  add_nics(sorted.frames, arguments, abi::NicKind::frames);
  add_nics(sorted.rings, arguments, abi::NicKind::ring);
  add_nics(sorted.writable, arguments, abi::NicKind::frames);
  sorted.writable.add(arguments.record_fd);
  sorted.writable.add(arguments.log_fd);
  sorted.all = sorted.writable;
  add_nics(sorted.all, arguments, abi::NicKind::ring);
  return sorted;
}

void close_others(std::span<const std::int32_t> kept) {
  constexpr auto last = ~0U;
  unsigned first = 0;
  for (const auto fd : kept) {
    if (static_cast<unsigned>(fd) > first) {
      require(call_kernel(__NR_close_range, first, static_cast<unsigned>(fd) - 1, 0), "cannot close descriptors");
    }
    first = static_cast<unsigned>(fd) + 1;
  }
  require(call_kernel(__NR_close_range, first, last, 0), "cannot close descriptors");
}

void drop_capabilities() {
  call_kernel(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  require(call_kernel(__NR_capset, &header, none), "cannot drop capabilities");
  require(call_kernel(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot forbid new privileges");
}

void limit(int resource, std::uint64_t value) {
  const std::uint64_t both[2]{value, value};
  require(call_kernel(__NR_prlimit64, 0, resource, both, 0), "cannot set a resource limit");
}

/// A reader of the results who has gone is an error of write, not a death.
void ignore_broken_pipes() {
  struct {
    std::uint64_t handler, flags, restorer, mask;
  } const ignore{1, 0, 0, 0};  // SIG_IGN
  require(call_kernel(__NR_rt_sigaction, SIGPIPE, &ignore, 0, sizeof ignore.mask), "cannot ignore a signal");
}

}  // namespace

void prepare_process(const Arguments& arguments) {
  if (arguments.parent != 0) {
    require(call_kernel(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "cannot ask for the parent's death");
    // It may have died before it was asked for.
    if (static_cast<std::uint64_t>(call_kernel(__NR_getppid)) != arguments.parent)
      fail(Status::environment, "the program that started this one has gone");
  }
  constexpr unsigned query = 0xffff'ffff;
  const long personality = call_kernel(__NR_personality, query);
  if (personality > 0 && (personality & READ_IMPLIES_EXEC) != 0)
    require(call_kernel(__NR_personality, personality & ~long{READ_IMPLIES_EXEC}), "cannot make data not executable");
  ignore_broken_pipes();
  call_kernel(__NR_prctl, PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

void give_up_privileges(const Arguments& arguments) {
  const auto descriptors = sort_descriptors(arguments);
  for (const auto fd : descriptors.all.all()) {
    require(call_kernel(__NR_fcntl, fd, F_GETFL, 0), "a descriptor of the arguments is not open");
  }
  for (const auto fd : descriptors.frames.all()) {
    const long flags = call_kernel(__NR_fcntl, fd, F_GETFL, 0);
    if ((flags & O_NONBLOCK) == 0)
      require(call_kernel(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK), "cannot make an interface non-blocking");
  }
  close_others(descriptors.all.all());
  drop_capabilities();
  // The kernel lets nobody poll more descriptors than this limit: 0 would forbid waiting.
  limit(RLIMIT_NOFILE, polled_descriptors_max);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_CORE, 0);
}

void install_call_filter(const Arguments& arguments) {
  const auto descriptors = sort_descriptors(arguments);
  const auto filter = make_call_filter({.readable = descriptors.frames.all(),
                                        .writable = descriptors.writable.all(),
                                        .flushable = descriptors.rings.all(),
                                        .traces = arguments.traces});
  struct Program {
    unsigned short length;
    const FilterInstruction* instructions;
  };
  const Program program{static_cast<unsigned short>(filter.count), filter.instructions.data()};
  require(call_kernel(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "cannot install the system-call filter");
}

}  // namespace utnt::tender::program
