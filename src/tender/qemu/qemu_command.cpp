// SPDX-License-Identifier: BSD-2-Clause
// See qemu_command.hpp.
#include "tender/qemu/qemu_command.hpp"

#include <fmt/format.h>

#include "os_linux/exit_code.hpp"
#include "tender/octets.hpp"
#include "tender/qemu/microvm.hpp"

namespace utnt::tender {
std::vector<std::string> qemu_command(const std::string& program, const RunRequest& request,
                                      const QemuDescriptors& descriptors, std::int64_t epoch_ns) {
  auto words =
      microvm_words(program, {.has_acpi = false, .has_kvm = descriptors.has_kvm, .memory_bytes = request.memory_bytes});
  if (descriptors.record_disk >= 0) {
    words.insert(
        words.end(),
        {"-drive", "if=none,id=records,format=raw,cache=unsafe,file=" + inherited_file(descriptors.record_disk),
         "-device", "virtio-blk-device,drive=records"});
  } else {
    add_record_socket(words, descriptors.records, "virtconsole");
  }
  words.insert(words.end(), {"-device", "virtio-rng-device"});
  if (descriptors.has_log) add_log(words);
  // Slots fill from the top and the image counts from the bottom: the last one named becomes net0.
  for (std::size_t i = request.nics.size(); i-- > 0;) add_nic(words, i, request.nics[i], descriptors.nics[i]);
  if (descriptors.module >= 0) words.insert(words.end(), {"-initrd", inherited_file(descriptors.module)});
  auto line = fmt::format("uk.vmm=qemu uk.exitport=0xf4 uk.epoch_ns={}", epoch_ns);
  const auto tsc_hz = request.tsc_hz != 0 ? request.tsc_hz : descriptors.tsc_hz;
  if (tsc_hz != 0) line += fmt::format(" uk.tsc_hz={}", tsc_hz);
  if (request.seed) line += " uk.seed=" + hex(*request.seed, "");
  words.insert(words.end(), {"-kernel", request.image, "-append", line + " " + request.command_line});
  return words;
}

StatusMeaning meaning_of_qemu_status(int status) {
  constexpr int first = 33;
  if (status == 0) return {};
  if (status == 1 || status % 2 == 0) {
    return {os_linux::to_int(os_linux::ExitCode::environment), "QEMU could not start or keep up the machine"};
  }
  return {((status - first) & 0xff) / 2, ""};
}

}  // namespace utnt::tender
