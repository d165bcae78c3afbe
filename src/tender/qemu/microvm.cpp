// SPDX-License-Identifier: BSD-2-Clause
// See microvm.hpp. Source: qemu-system-x86_64(1).
#include "tender/qemu/microvm.hpp"

#include <fmt/format.h>

#include "tender/octets.hpp"

namespace utnt::tender {

std::vector<std::string> microvm_words(const std::string& program, const Microvm& machine) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  std::vector<std::string> words{program, "-M", machine.has_acpi ? "microvm,acpi=on" : "microvm,acpi=off", "-accel",
                                 machine.has_kvm ? "kvm" : "tcg"};
  if (machine.has_kvm) words.insert(words.end(), {"-cpu", "host"});
  // Nothing but what is named; a reset (the guest's last way out) ends it.
  words.insert(words.end(), {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"});
  // What an emulated machine never needs, a captured QEMU shall not have: other programs, other users, other
  // priorities.
  words.insert(words.end(), {"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
  words.insert(words.end(), {"-m", fmt::format("{}M", (machine.memory_bytes + mebibyte - 1) / mebibyte)});
  // Version 1 of the registers; and a port that ends QEMU with the guest's exit code.
  words.insert(words.end(),
               {"-global", "virtio-mmio.force-legacy=false", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
  return words;
}

void add_record_socket(std::vector<std::string>& words, int descriptor, const std::string& device) {
  words.insert(words.end(), {"-chardev", fmt::format("socket,id=records,fd={}", descriptor), "-device",
                             "virtio-serial-device", "-device", device + ",chardev=records"});
}

void add_log(std::vector<std::string>& words) {
  words.insert(words.end(), {"-chardev", "stdio,id=log,signal=off", "-serial", "chardev:log"});
}

void add_nic(std::vector<std::string>& words, std::size_t number, const NicRequest& nic, int descriptor) {
  const auto back_end = nic.kind == NicKind::unix_datagram
                            ? fmt::format("dgram,id=n{},local.type=fd,local.str={}", number, descriptor)
                            : fmt::format("tap,id=n{},fd={}", number, descriptor);
  words.insert(words.end(), {"-netdev", back_end, "-device",
                             fmt::format("virtio-net-device,netdev=n{},mac={}", number, hex(nic.mac, ":"))});
}

std::string inherited_file(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

}  // namespace utnt::tender
