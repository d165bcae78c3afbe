// SPDX-License-Identifier: BSD-2-Clause
// See qemu_command.hpp.
#include "tender/qemu/qemu_command.hpp"

#include <fmt/format.h>

#include "os_linux/exit_code.hpp"

namespace utnt::tender {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::string mac_text(const std::array<std::uint8_t, 6>& mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

std::string hex(const std::array<std::byte, 32>& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

void add_nics(std::vector<std::string>& words, const RunRequest& request, const QemuDescriptors& descriptors) {
  // Slots fill from the top and the image counts from the bottom: the last one named becomes net0.
  for (std::size_t i = request.nics.size(); i-- > 0;) {
    const auto& nic = request.nics[i];
    const auto back_end = nic.kind == NicKind::unix_datagram
                              ? fmt::format("dgram,id=n{},local.type=fd,local.str={}", i, descriptors.nics[i])
                              : fmt::format("tap,id=n{},fd={}", i, descriptors.nics[i]);
    words.insert(words.end(), {"-netdev", back_end, "-device",
                               fmt::format("virtio-net-device,netdev=n{},mac={}", i, mac_text(nic.mac))});
  }
}

}  // namespace

std::vector<std::string> qemu_command(const std::string& program, const RunRequest& request,
                                      const QemuDescriptors& descriptors, std::int64_t epoch_ns) {
  // Nothing but what is named; a reset (the image's last way out) ends it; emulation, because it works everywhere.
  std::vector<std::string> words{program, "-M",          "microvm,acpi=off", "-accel",
                                 "tcg",   "-nodefaults", "-no-user-config",  "-display",
                                 "none",  "-no-reboot"};
  words.insert(words.end(), {"-m", fmt::format("{}M", (request.memory_bytes + mebibyte - 1) / mebibyte)});
  // Version 1 of the registers; and a port that ends QEMU with the image's exit code.
  words.insert(words.end(),
               {"-global", "virtio-mmio.force-legacy=false", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
  words.insert(words.end(), {"-chardev", fmt::format("socket,id=records,fd={}", descriptors.records), "-device",
                             "virtio-serial-device", "-device", "virtconsole,chardev=records"});
  words.insert(words.end(), {"-device", "virtio-rng-device"});
  if (descriptors.has_log) words.insert(words.end(), {"-chardev", "stdio,id=log,signal=off", "-serial", "chardev:log"});
  add_nics(words, request, descriptors);
  if (descriptors.module >= 0) {
    words.insert(words.end(), {"-initrd", fmt::format("/proc/self/fd/{}", descriptors.module)});
  }
  auto line = fmt::format("uk.vmm=qemu uk.exitport=0xf4 uk.epoch_ns={}", epoch_ns);
  if (request.tsc_hz != 0) line += fmt::format(" uk.tsc_hz={}", request.tsc_hz);
  if (request.seed) line += " uk.seed=" + hex(*request.seed);
  words.insert(words.end(), {"-kernel", request.image, "-append", line + " " + request.command_line});
  return words;
}

int code_of_qemu_status(int status) {
  constexpr int own_failure = 1, first = 33;
  if (status == 0) return 0;
  if (status == own_failure || status % 2 == 0) return os_linux::to_int(os_linux::ExitCode::environment);
  return ((status - first) & 0xff) / 2;
}

}  // namespace utnt::tender
