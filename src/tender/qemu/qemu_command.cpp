// SPDX-License-Identifier: BSD-2-Clause
// See qemu_command.hpp.
#include "tender/qemu/qemu_command.hpp"

#include <fmt/format.h>

#include "os_linux/exit_code.hpp"
#include "tender/octets.hpp"

namespace utnt::tender {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

void add_nics(std::vector<std::string>& words, const RunRequest& request, const QemuDescriptors& descriptors) {
  // Slots fill from the top and the image counts from the bottom: the last one named becomes net0.
  for (std::size_t i = request.nics.size(); i-- > 0;) {
    const auto& nic = request.nics[i];
    const auto back_end = nic.kind == NicKind::unix_datagram
                              ? fmt::format("dgram,id=n{},local.type=fd,local.str={}", i, descriptors.nics[i])
                              : fmt::format("tap,id=n{},fd={}", i, descriptors.nics[i]);
    words.insert(words.end(), {"-netdev", back_end, "-device",
                               fmt::format("virtio-net-device,netdev=n{},mac={}", i, hex(nic.mac, ":"))});
  }
}

}  // namespace

std::vector<std::string> qemu_command(const std::string& program, const RunRequest& request,
                                      const QemuDescriptors& descriptors, std::int64_t epoch_ns) {
  // Nothing but what is named; a reset (the image's last way out) ends it.
  std::vector<std::string> words{program, "-M", "microvm,acpi=off", "-accel", descriptors.has_kvm ? "kvm" : "tcg"};
  if (descriptors.has_kvm) words.insert(words.end(), {"-cpu", "host"});
  words.insert(words.end(), {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"});
  // What an emulated machine never needs, a captured QEMU shall not have: other programs, other users, other
  // priorities.
  words.insert(words.end(), {"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
  words.insert(words.end(), {"-m", fmt::format("{}M", (request.memory_bytes + mebibyte - 1) / mebibyte)});
  // Version 1 of the registers; and a port that ends QEMU with the image's exit code.
  words.insert(words.end(),
               {"-global", "virtio-mmio.force-legacy=false", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
  if (descriptors.record_disk >= 0) {
    words.insert(words.end(), {"-drive",
                               fmt::format("if=none,id=records,format=raw,cache=unsafe,file=/proc/self/fd/{}",
                                           descriptors.record_disk),
                               "-device", "virtio-blk-device,drive=records"});
  } else {
    words.insert(words.end(), {"-chardev", fmt::format("socket,id=records,fd={}", descriptors.records), "-device",
                               "virtio-serial-device", "-device", "virtconsole,chardev=records"});
  }
  words.insert(words.end(), {"-device", "virtio-rng-device"});
  if (descriptors.has_log) words.insert(words.end(), {"-chardev", "stdio,id=log,signal=off", "-serial", "chardev:log"});
  add_nics(words, request, descriptors);
  if (descriptors.module >= 0) {
    words.insert(words.end(), {"-initrd", fmt::format("/proc/self/fd/{}", descriptors.module)});
  }
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
