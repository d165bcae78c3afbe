// SPDX-License-Identifier: BSD-2-Clause
// See qemu_tender.hpp. Opens what the machine will need, hands it over by descriptor, and watches the process as that
// of any image. QEMU dies with us. Sources: prctl(2), PR_SET_PDEATHSIG; the unikernel specification, section 13.
#include "tender/qemu/qemu_tender.hpp"

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/programs.hpp"
#include "tender/host_tsc.hpp"
#include "tender/input_file.hpp"
#include "tender/machine_process.hpp"
#include "tender/process/process_instance.hpp"
#include "tender/qemu/qemu_command.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::UniqueFd;

constexpr std::size_t command_line_max = 2047;
constexpr std::size_t own_words_max = 200;  ///< of what qemu_command() adds to the image's command line

/// Our end of the record channel, and what QEMU gets of it: a socket, or the disk that the source holds.
struct Channel {
  std::unique_ptr<RecordSource> source;
  UniqueFd theirs;
  int disk{-1};
};

Channel make_channel(const RunRequest& request) {
  if (request.record_channel == RecordChannel::block) {
    auto disk = make_record_disk(request.record_bytes_max);
    const int number = disk.get();
    return {make_disk_source(std::move(disk), request.record_bytes_max), {}, number};
  }
  auto [source, theirs] = make_record_socket();
  return {std::move(source), std::move(theirs), -1};
}

class QemuTender final : public Tender {
 public:
  explicit QemuTender(KvmFinding kvm) : kvm_{std::move(kvm)} {}
  std::unique_ptr<Instance> start(const RunRequest& request) override;

 private:
  KvmFinding kvm_;
  HostTsc host_tsc_;
};

std::unique_ptr<Instance> QemuTender::start(const RunRequest& request) {
  check_machine(request);
  if (request.command_line.size() > command_line_max - own_words_max) {
    throw Failure{ExitCode::bad_input, "the image's command line is too long for a virtual machine (" +
                                           std::to_string(request.command_line.size()) + " bytes)"};
  }
  const auto program = find_qemu();
  if (!program) {
    throw Failure{ExitCode::environment, "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)"};
  }
  const auto module = open_module(request);
  std::deque<OpenNic> nics;
  for (const auto& nic : request.nics) nics.emplace_back(nic);
  auto channel = make_channel(request);

  const bool has_kvm = kvm_.verdict == KvmVerdict::usable;
  QemuDescriptors descriptors{.records = channel.theirs.get(),
                              .record_disk = channel.disk,
                              .has_log = request.log_descriptor >= 0,
                              .module = module.fd.get(),
                              .nics = {},
                              .has_kvm = has_kvm,
                              .tsc_hz = has_kvm ? kvm_.tsc_hz : host_tsc_.measure_hz()};
  std::vector<int> inherited{channel.disk >= 0 ? channel.disk : channel.theirs.get()};
  for (const auto& nic : nics) descriptors.nics.push_back(nic.fd());
  inherited.insert(inherited.end(), descriptors.nics.begin(), descriptors.nics.end());
  if (module.fd.is_open()) inherited.push_back(module.fd.get());
  const auto command = qemu_command(*program, request, descriptors, os_linux::wall_clock_ns());
  auto group = make_group(request);
  const auto started = start_program(command, inherited, request.log_descriptor, group.get());
  return watch({.what = "machine",
                .process_id = started.process_id,
                .records = std::move(channel.source),
                .group = std::move(group),
                .nics = std::move(nics),
                .spawned = started.spawned,
                .executed = started.executed,
                .time_limit = request.time_limit,
                .meaning_of_status = meaning_of_qemu_status});
}

}  // namespace

std::optional<std::string> find_qemu() { return os_linux::find_program("qemu-system-x86_64"); }

std::unique_ptr<Tender> make_qemu_tender(KvmFinding kvm) { return std::make_unique<QemuTender>(std::move(kvm)); }

}  // namespace utnt::tender
