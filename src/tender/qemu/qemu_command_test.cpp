// SPDX-License-Identifier: BSD-2-Clause
// The command of a machine, word by word where the unikernel specification (section 13) asks for it, and the exit
// codes that come back through QEMU (section 8: the status is twice the value written, plus one).
#include "tender/qemu/qemu_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace utnt::tender {
namespace {

RunRequest one_socket() {
  RunRequest request;
  request.image = "/images/utnt.elf";
  request.command_line = "dst=192.0.2.1";
  request.nics.resize(1);
  request.nics[0].mac = {2, 0, 0, 0, 0, 0xab};
  return request;
}

/// The word behind `option`; empty when it is not there.
std::string behind(const std::vector<std::string>& words, const std::string& option) {
  const auto at = std::find(words.begin(), words.end(), option);
  return at == words.end() || at + 1 == words.end() ? std::string{} : *(at + 1);
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(QemuCommand, boots_a_machine_that_holds_only_what_is_named) {
  const auto words = qemu_command("qemu", one_socket(), {.records = 7, .nics = {9}}, 1'700'000'000'000'000'000);
  EXPECT_EQ(words.front(), "qemu");
  EXPECT_EQ(behind(words, "-M"), "microvm,acpi=off");
  EXPECT_EQ(behind(words, "-m"), "4M");
  for (const auto* word : {"-nodefaults", "-no-user-config", "-no-reboot"}) EXPECT_TRUE(has(words, word)) << word;
  EXPECT_EQ(behind(words, "-global"), "virtio-mmio.force-legacy=false");
  EXPECT_NE(behind(words, "-sandbox").find("spawn=deny"), std::string::npos);
  EXPECT_TRUE(has(words, "isa-debug-exit,iobase=0xf4,iosize=4"));
  EXPECT_TRUE(has(words, "dgram,id=n0,local.type=fd,local.str=9"));
  EXPECT_TRUE(has(words, "virtio-net-device,netdev=n0,mac=02:00:00:00:00:ab"));
  EXPECT_TRUE(has(words, "socket,id=records,fd=7"));
  EXPECT_EQ(behind(words, "-kernel"), "/images/utnt.elf");
  EXPECT_EQ(behind(words, "-append"), "uk.vmm=qemu uk.exitport=0xf4 uk.epoch_ns=1700000000000000000 dst=192.0.2.1");
  EXPECT_FALSE(has(words, "-initrd"));
}

TEST(QemuCommand, hands_over_a_tap_the_input_and_the_seed) {
  auto request = one_socket();
  request.nics[0].kind = NicKind::tap;
  request.memory_bytes = (std::uint64_t{6} << 20) + 1;
  request.seed.emplace().fill(std::byte{0xa5});
  request.tsc_hz = 2'000'000'000;
  const auto words = qemu_command("qemu", request, {.records = 7, .has_log = false, .module = 8, .nics = {9}}, 1);
  EXPECT_TRUE(has(words, "tap,id=n0,fd=9"));
  EXPECT_EQ(behind(words, "-m"), "7M");
  EXPECT_EQ(behind(words, "-initrd"), "/proc/self/fd/8");
  EXPECT_FALSE(has(words, "-serial"));
  const auto line = behind(words, "-append");
  EXPECT_NE(line.find(" uk.tsc_hz=2000000000 "), std::string::npos);
  EXPECT_NE(line.find(" uk.seed=a5a5a5a5"), std::string::npos);
}

TEST(QemuCommand, runs_by_kvm_only_when_told_that_it_is_usable) {
  const auto emulated = qemu_command("qemu", one_socket(), {.records = 7, .nics = {9}, .tsc_hz = 5}, 1);
  EXPECT_EQ(behind(emulated, "-accel"), "tcg");
  EXPECT_FALSE(has(emulated, "-cpu"));
  const auto fast =
      qemu_command("qemu", one_socket(), {.records = 7, .nics = {9}, .has_kvm = true, .tsc_hz = 2'600'000'000}, 1);
  EXPECT_EQ(behind(fast, "-accel"), "kvm");
  EXPECT_EQ(behind(fast, "-cpu"), "host");
  EXPECT_NE(behind(fast, "-append").find(" uk.tsc_hz=2600000000 "), std::string::npos);
}

TEST(QemuCommand, gives_the_machine_a_disk_for_its_records_instead_of_a_console) {
  const auto words = qemu_command("qemu", one_socket(), {.record_disk = 6, .nics = {9}}, 1);
  EXPECT_TRUE(behind(words, "-drive").ends_with("file=/proc/self/fd/6")) << behind(words, "-drive");
  EXPECT_TRUE(has(words, "virtio-blk-device,drive=records"));
  EXPECT_FALSE(has(words, "virtio-serial-device"));
}

TEST(QemuStatus, gives_the_code_that_the_image_wrote_to_the_port) {
  for (const int code : {0, 1, 2, 4, 5, 124, 125, 126}) {
    const int status = ((0x10 + code) << 1 | 1) & 0xff;
    EXPECT_EQ(meaning_of_qemu_status(status).exit_code, code);
    EXPECT_STREQ(meaning_of_qemu_status(status).explanation, "");
  }
  EXPECT_EQ(meaning_of_qemu_status(0).exit_code, 0) << "a reset: the trailer tells";
  EXPECT_EQ(meaning_of_qemu_status(1).exit_code, 4) << "QEMU's own failure";
  EXPECT_STRNE(meaning_of_qemu_status(1).explanation, "");
}

}  // namespace
}  // namespace utnt::tender
