// SPDX-License-Identifier: BSD-2-Clause
// The command that boots an image as a virtual machine, from what was opened for it. Every line of it is there for a
// reason that qemu_command.cpp names. Source: the unikernel specification, sections 8 and 13.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tender/status_meaning.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// Descriptors that QEMU inherits, and what runs the guest.
struct QemuDescriptors {
  int records{-1};      ///< a socket for the console
  int record_disk{-1};  ///< a file for the block log, instead of the console
  bool has_log{true};   ///< standard output is the log
  int module{-1};       ///< -1: none
  std::vector<int> nics;
  bool has_kvm{false};      ///< usable; otherwise the machine is emulated
  std::uint64_t tsc_hz{0};  ///< of the guest's TSC; 0 = not known
};

/// The words of the command, the program first.
std::vector<std::string> qemu_command(const std::string& program, const RunRequest& request,
                                      const QemuDescriptors& descriptors, std::int64_t epoch_ns);

/// The exit code of the image, from the exit status of QEMU. A status of 1 is QEMU's own: `environment`.
StatusMeaning meaning_of_qemu_status(int status);

}  // namespace utnt::tender
