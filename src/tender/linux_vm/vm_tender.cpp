// SPDX-License-Identifier: BSD-2-Clause
// See vm_tender.hpp.
#include "tender/linux_vm/vm_tender.hpp"

#include <unistd.h>

#include <cerrno>

#include "os_linux/failure.hpp"
#include "tender/host_tsc.hpp"
#include "tender/input_file.hpp"
#include "tender/linux_vm/vm_command.hpp"
#include "tender/linux_vm/vm_image.hpp"
#include "tender/machine_process.hpp"
#include "tender/process/process_instance.hpp"
#include "tender/qemu/qemu_command.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

std::vector<std::byte> read_module(const RunRequest& request) {
  const auto file = open_module(request);
  std::vector<std::byte> bytes(file.fd.is_open() ? file.bytes : 0);
  if (!bytes.empty() && ::pread(file.fd.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw system_failure("cannot read the input", errno);
  return bytes;
}

class LinuxVmTender final : public Tender {
 public:
  explicit LinuxVmTender(KvmFinding kvm) : kvm_{std::move(kvm)} {}
  std::unique_ptr<Instance> start(const RunRequest& request) override;

 private:
  KvmFinding kvm_;
  HostTsc host_tsc_;
};

std::unique_ptr<Instance> LinuxVmTender::start(const RunRequest& request) {
  const auto program = find_qemu();
  if (!program)
    throw Failure{ExitCode::environment, "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)"};
  if (request.nics.size() != 1 ||
      (request.nics.front().kind != NicKind::unix_datagram && request.nics.front().kind != NicKind::tap))
    throw Failure{ExitCode::environment,
                  "a machine has one interface: a Unix socket or a TAP (network kind unix, tap)"};
  const bool has_kvm = kvm_.verdict == KvmVerdict::usable;
  const auto tsc_hz = request.tsc_hz != 0 ? request.tsc_hz : host_tsc_.measure_hz();
  if (!has_kvm && tsc_hz == 0)
    throw Failure{ExitCode::environment, "no machine can be emulated here: the speed of this one's TSC is not known"};
  const auto files = open_vm_image(request.image, request.command_line, read_module(request));
  std::deque<OpenNic> nics;
  nics.emplace_back(request.nics.front());
  auto records = make_record_socket();
  const VmDescriptors descriptors{.kernel = files.kernel.get(),
                                  .initrd = files.initrd.get(),
                                  .records = records.theirs.get(),
                                  .nic = nics.front().fd(),
                                  .has_log = request.log_descriptor >= 0,
                                  .has_kvm = has_kvm,
                                  .tsc_hz = tsc_hz};
  const auto command = vm_command(*program, request, descriptors);
  auto group = make_group(request);
  const auto started =
      start_program(command, {descriptors.kernel, descriptors.initrd, descriptors.records, descriptors.nic},
                    request.log_descriptor, group.get());
  return watch({.what = "machine",
                .process_id = started.process_id,
                .records = std::move(records.source),
                .group = std::move(group),
                .nics = std::move(nics),
                .spawned = started.spawned,
                .executed = started.executed,
                .time_limit = request.time_limit,
                .meaning_of_status = meaning_of_qemu_status});
}

}  // namespace

std::unique_ptr<Tender> make_linux_vm_tender(KvmFinding kvm) { return std::make_unique<LinuxVmTender>(std::move(kvm)); }

}  // namespace utnt::tender
