// SPDX-License-Identifier: BSD-2-Clause
// The machine's command, and its life with a script in QEMU's place that looks at what it was given, writes records to
// the channel, and ends as it is told to.
#include "tender/linux_vm/vm_tender.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "abi/record_frame.hpp"
#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"
#include "tender/linux_vm/vm_command.hpp"
#include "tender/test_instance.hpp"

namespace utnt::tender {
namespace {

class LinuxVm : public ::testing::Test {
 protected:
  LinuxVm() {
    const char* const path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    ::setenv("PATH", (directory_.path() + ":" + path_).c_str(), 1);
    test::write_file(directory_ / "vmlinuz", "a kernel");
    test::write_file(directory_ / "root.cpio", "a root..");
    const auto tar = "tar -C " + directory_.path() + " -cf " + (directory_ / "image.tar") + " ./vmlinuz ./root.cpio";
    EXPECT_EQ(std::system(tar.c_str()), 0);
    std::vector<std::byte> trailer(abi::frame_header_bytes + abi::trailer_bytes);
    abi::write_trailer(MutableBytes{trailer}.subspan(abi::frame_header_bytes), {.exit_code = 0});
    abi::seal_frame(trailer, abi::trailer_bytes, 0, true);
    test::write_file(directory_ / "stream", {reinterpret_cast<const char*>(trailer.data()), trailer.size()});
    socket_ = os_linux::UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (directory_ / "port").c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    request_.image = directory_ / "image.tar";
    request_.command_line = "rules=utnt";
    request_.memory_bytes = std::uint64_t{128} << 20;
    request_.nics.resize(1);
    request_.nics[0].peer_path = directory_ / "port";
    request_.time_limit = Duration{20'000'000'000};
    request_.tsc_hz = 2'000'000'000;
  }
  ~LinuxVm() override { ::setenv("PATH", path_.c_str(), 1); }

  /// `body` runs with $kernel, $initrd and $records (a descriptor) set from the command.
  void install(const std::string& body) {
    const auto program = directory_ / "qemu-system-x86_64";
    test::write_file(program,
                     "#!/bin/bash\nexport PATH=/usr/bin:/bin\nhere=${0%/*}\nwhile (($#)); do case $1 in\n"
                     "-kernel) kernel=$2 ;; -initrd) initrd=$2 ;; socket,id=records,fd=*) records=${1##*=} ;;\n"
                     "esac; shift; done\n" +
                         body + "\n");
    ::chmod(program.c_str(), 0700);
  }

  test::TemporaryDirectory directory_;
  std::string path_;
  os_linux::UniqueFd socket_;
  RunRequest request_;
};

TEST_F(LinuxVm, boots_the_images_kernel_with_its_root_and_the_input) {
  install(
      "[[ $(<$kernel) == 'a kernel' ]] && grep -q '^a root..070701' $initrd && grep -aq 'rules=utnt' $initrd || exit "
      "1\n"
      "cat $here/stream >&$records; exit 33");
  const auto run = run_request(request_, *make_linux_vm_tender());
  EXPECT_EQ(run.outcome.exit_code, 0) << run.outcome.explanation;
  EXPECT_TRUE(run.outcome.trailer.has_value());
}

TEST_F(LinuxVm, tells_how_it_ended) {
  install("exit 1");
  EXPECT_EQ(run_request(request_, *make_linux_vm_tender()).outcome.exit_code, 4) << "QEMU's own failure";
  install("exit 41");
  EXPECT_EQ(run_request(request_, *make_linux_vm_tender()).outcome.exit_code, 4) << "by the port: 2 * (16 + 4) + 1";
  install("exit 0");
  EXPECT_EQ(run_request(request_, *make_linux_vm_tender()).outcome.exit_code, 124) << "a panic: no trailer";
}

TEST_F(LinuxVm, is_killed_at_its_time_limit) {
  install("exec sleep 60");
  request_.time_limit = Duration{300'000'000};
  const auto run = run_request(request_, *make_linux_vm_tender());
  EXPECT_EQ(run.outcome.end, End::time_limit);
  EXPECT_EQ(run.outcome.exit_code, 124);
}

TEST_F(LinuxVm, wants_an_interface_that_ends_in_a_program) {
  install("exit 0");
  request_.nics[0].kind = NicKind::packet_ring;
  EXPECT_THROW(make_linux_vm_tender()->start(request_), os_linux::Failure);
  request_.nics.clear();
  EXPECT_THROW(make_linux_vm_tender()->start(request_), os_linux::Failure);
}

TEST(LinuxVmCommand, tells_an_emulated_machine_its_speed_and_that_its_frames_were_judged) {
  RunRequest request;
  request.memory_bytes = (std::uint64_t{96} << 20) + 1;
  request.nics.resize(1);
  const auto words =
      vm_command("qemu", request, {.kernel = 5, .initrd = 6, .records = 7, .nic = 8, .tsc_hz = 2'300'000'000});
  const auto behind = [&words](const std::string& option) {
    const auto at = std::find(words.begin(), words.end(), option);
    return at == words.end() ? std::string{} : *(at + 1);
  };
  EXPECT_EQ(behind("-m"), "97M");
  EXPECT_EQ(behind("-kernel"), "/proc/self/fd/5");
  EXPECT_EQ(behind("-initrd"), "/proc/self/fd/6");
  EXPECT_EQ(behind("-accel"), "tcg");
  EXPECT_NE(behind("-sandbox").find("spawn=deny"), std::string::npos);
  const auto line = behind("-append");
  EXPECT_NE(line.find("tsc_early_khz=2300000"), std::string::npos);
  EXPECT_NE(line.find("utnt.enclosed"), std::string::npos);
  EXPECT_NE(line.find("panic=-1"), std::string::npos);
  const auto fast = vm_command("qemu", request, {.kernel = 5, .initrd = 6, .records = 7, .nic = 8, .has_kvm = true});
  EXPECT_NE(std::find(fast.begin(), fast.end(), "kvm"), fast.end());
  EXPECT_EQ(fast.back().find("tsc_early_khz"), std::string::npos);
}

}  // namespace
}  // namespace utnt::tender
