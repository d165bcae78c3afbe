// SPDX-License-Identifier: BSD-2-Clause
// See vm_command.hpp. Debian's kernel finds virtio-mmio devices by ACPI only, which this microvm therefore has.
#include "tender/linux_vm/vm_command.hpp"

#include <fmt/format.h>

#include "os_linux/seal.hpp"
#include "tender/octets.hpp"

namespace utnt::tender {

std::vector<std::string> vm_command(const std::string& program, const RunRequest& request,
                                    const VmDescriptors& descriptors) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  std::vector<std::string> words{program, "-M", "microvm,acpi=on", "-accel", descriptors.has_kvm ? "kvm" : "tcg"};
  if (descriptors.has_kvm) words.insert(words.end(), {"-cpu", "host"});
  words.insert(words.end(), {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"});
  words.insert(words.end(), {"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
  words.insert(words.end(), {"-m", fmt::format("{}M", (request.memory_bytes + mebibyte - 1) / mebibyte)});
  words.insert(words.end(),
               {"-global", "virtio-mmio.force-legacy=false", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
  words.insert(words.end(), {"-chardev", fmt::format("socket,id=records,fd={}", descriptors.records), "-device",
                             "virtio-serial-device", "-device", "virtserialport,chardev=records,name=utnt.records"});
  if (descriptors.has_log) words.insert(words.end(), {"-chardev", "stdio,id=log,signal=off", "-serial", "chardev:log"});
  const auto& nic = request.nics.front();
  const auto back_end = nic.kind == NicKind::unix_datagram
                            ? fmt::format("dgram,id=n0,local.type=fd,local.str={}", descriptors.nic)
                            : fmt::format("tap,id=n0,fd={}", descriptors.nic);
  words.insert(words.end(),
               {"-netdev", back_end, "-device", fmt::format("virtio-net-device,netdev=n0,mac={}", hex(nic.mac, ":"))});
  // The kernel says only what is wrong; a panic ends the machine. Its frames were judged when the interface was opened.
  auto line = fmt::format("console=ttyS0 quiet loglevel=3 panic=-1 reboot=t {}", os_linux::enclosed_word);
  // This machine has no clock by which an emulated TSC could be measured: the kernel would wait for one without end.
  if (!descriptors.has_kvm) line += fmt::format(" tsc_early_khz={}", descriptors.tsc_hz / 1000);
  words.insert(words.end(), {"-kernel", fmt::format("/proc/self/fd/{}", descriptors.kernel), "-initrd",
                             fmt::format("/proc/self/fd/{}", descriptors.initrd), "-append", line});
  return words;
}

}  // namespace utnt::tender
