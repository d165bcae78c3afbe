// SPDX-License-Identifier: BSD-2-Clause
// The words that every machine of ours has in common, whatever it boots: QEMU's microvm with nothing in it but what is
// named. What boots in it: qemu_command.hpp (the library OS), linux_vm/vm_command.hpp (Linux).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tender/tender.hpp"

namespace utnt::tender {

struct Microvm {
  bool has_acpi{false};
  bool has_kvm{false};  ///< usable; otherwise the machine is emulated
  std::uint64_t memory_bytes{0};
};

/// The first words of a command, the program first: a machine without devices, and its way to end with a status.
std::vector<std::string> microvm_words(const std::string& program, const Microvm& machine);

/// A socket that the guest sees as `device`, a word like "virtconsole".
void add_record_socket(std::vector<std::string>& words, int descriptor, const std::string& device);

/// The first serial port, on standard output.
void add_log(std::vector<std::string>& words);

/// The interface with that number; `descriptor`: the opened socket or TAP.
void add_nic(std::vector<std::string>& words, std::size_t number, const NicRequest& nic, int descriptor);

/// How QEMU names a file that it inherits.
std::string inherited_file(int descriptor);

}  // namespace utnt::tender
