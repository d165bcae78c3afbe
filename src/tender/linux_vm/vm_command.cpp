// SPDX-License-Identifier: BSD-2-Clause
// See vm_command.hpp. Debian's kernel finds virtio-mmio devices by ACPI only, which this microvm therefore has.
#include "tender/linux_vm/vm_command.hpp"

#include <fmt/format.h>

#include "os_linux/seal.hpp"
#include "tender/qemu/microvm.hpp"

namespace utnt::tender {

std::vector<std::string> vm_command(const std::string& program, const RunRequest& request,
                                    const VmDescriptors& descriptors) {
  auto words =
      microvm_words(program, {.has_acpi = true, .has_kvm = descriptors.has_kvm, .memory_bytes = request.memory_bytes});
  add_record_socket(words, descriptors.records, "virtserialport,name=utnt.records");
  if (descriptors.has_log) add_log(words);
  add_nic(words, 0, request.nics.front(), descriptors.nic);
  // The kernel says only what is wrong; a panic ends the machine. Its frames were judged when the interface was opened.
  auto line = fmt::format("console=ttyS0 quiet loglevel=3 panic=-1 reboot=t {}", os_linux::enclosed_word);
  // This machine has no clock by which an emulated TSC could be measured: the kernel would wait for one without end.
  if (!descriptors.has_kvm) line += fmt::format(" tsc_early_khz={}", descriptors.tsc_hz / 1000);
  words.insert(words.end(), {"-kernel", inherited_file(descriptors.kernel), "-initrd",
                             inherited_file(descriptors.initrd), "-append", line});
  return words;
}

}  // namespace utnt::tender
