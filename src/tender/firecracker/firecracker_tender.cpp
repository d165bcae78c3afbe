// SPDX-License-Identifier: BSD-2-Clause
// See firecracker_tender.hpp. Configuration, input and record disk are files without a name that Firecracker inherits:
// nothing is left behind, however it ends.
#include "tender/firecracker/firecracker_tender.hpp"

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/programs.hpp"
#include "tender/firecracker/firecracker_config.hpp"
#include "tender/input_file.hpp"
#include "tender/machine_process.hpp"
#include "tender/process/process_instance.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::UniqueFd;

constexpr std::size_t command_line_max = 2048;
constexpr std::size_t added_by_firecracker_max = 300;  ///< pci=off, and a description of each device

std::string path_of(const UniqueFd& file) {
  return file.is_open() ? "/proc/self/fd/" + std::to_string(file.get()) : std::string{};
}

/// Firecracker opens a TAP itself, by its name. That it can be, and may be, is found out before.
void check_interface(const NicRequest& nic) {
  if (nic.kind != NicKind::tap) {
    throw Failure{ExitCode::bad_input, "Firecracker has no other interface than a TAP (utnt run --net tap:NAME)"};
  }
  const OpenNic attempt{nic};
}

class FirecrackerTender final : public Tender {
 public:
  std::unique_ptr<Instance> start(const RunRequest& request) override;
};

std::unique_ptr<Instance> FirecrackerTender::start(const RunRequest& request) {
  check_machine(request);
  if (request.record_channel == RecordChannel::console)
    throw Failure{ExitCode::bad_input, "Firecracker has no console for the records: leave --record-channel out"};
  const auto epoch_ns = os_linux::wall_clock_ns();
  if (firecracker_boot_line(request, epoch_ns).size() > command_line_max - added_by_firecracker_max) {
    throw Failure{ExitCode::bad_input, "the image's command line is too long for Firecracker (" +
                                           std::to_string(request.command_line.size()) + " bytes)"};
  }
  const auto program = find_firecracker();
  if (!program) {
    throw Failure{ExitCode::environment,
                  "firecracker is not installed: put its program into a folder of $PATH (Debian has no package of it)"};
  }
  for (const auto& nic : request.nics) check_interface(nic);
  const auto module = open_module(request);
  auto disk = make_record_disk(request.record_bytes_max);
  const auto config = firecracker_config(
      request, {.image = request.image, .module = path_of(module.fd), .records = path_of(disk)}, epoch_ns);
  const auto config_file = hold_in_memory("configuration", std::as_bytes(std::span{config}));
  std::vector<int> inherited{disk.get(), config_file.get()};
  if (module.fd.is_open()) inherited.push_back(module.fd.get());
  auto group = make_group(request);
  const auto started = start_program(firecracker_command(*program, path_of(config_file)), inherited,
                                     request.log_descriptor, group.get());
  return watch({.what = "machine",
                .process_id = started.process_id,
                .records = make_disk_source(std::move(disk), request.record_bytes_max),
                .group = std::move(group),
                .nics = {},
                .spawned = started.spawned,
                .executed = started.executed,
                .time_limit = request.time_limit,
                .meaning_of_status = meaning_of_firecracker_status});
}

}  // namespace

std::optional<std::string> find_firecracker() { return os_linux::find_program("firecracker"); }

std::unique_ptr<Tender> make_firecracker_tender() { return std::make_unique<FirecrackerTender>(); }

}  // namespace utnt::tender
