// SPDX-License-Identifier: BSD-2-Clause
// The command that boots a kernel of Linux in QEMU's microvm. What the first process of that machine does:
// apps/utnt_prober/machine.cpp.
#pragma once

#include <string>
#include <vector>

#include "tender/tender.hpp"

namespace utnt::tender {

/// Descriptors that QEMU inherits.
struct VmDescriptors {
  int kernel{-1};
  int initrd{-1};
  int records{-1};  ///< a socket
  int nic{-1};
  bool has_log{true};  ///< standard output is the log
  bool has_kvm{false};
  std::uint64_t tsc_hz{0};  ///< of this machine, which an emulated one shows; not wanted with KVM
};

std::vector<std::string> vm_command(const std::string& program, const RunRequest& request,
                                    const VmDescriptors& descriptors);

}  // namespace utnt::tender
