// SPDX-License-Identifier: BSD-2-Clause
// See firecracker_config.hpp.
#include "tender/firecracker/firecracker_config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "os_linux/exit_code.hpp"
#include "tender/octets.hpp"

namespace utnt::tender {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

using Json = nlohmann::ordered_json;

Json interfaces(const RunRequest& request) {
  auto list = Json::array();
  for (std::size_t i = 0; i < request.nics.size(); ++i) {
    const auto& nic = request.nics[i];
    list.push_back(
        {{"iface_id", fmt::format("net{}", i)}, {"host_dev_name", nic.tap}, {"guest_mac", hex(nic.mac, ":")}});
  }
  return list;
}

}  // namespace

std::string firecracker_boot_line(const RunRequest& request, std::int64_t epoch_ns) {
  // The keyboard controller is the only way out that Firecracker calls a success; there is no console for records.
  auto line = fmt::format("uk.vmm=firecracker uk.rec=blk uk.epoch_ns={}", epoch_ns);
  if (request.tsc_hz != 0) line += fmt::format(" uk.tsc_hz={}", request.tsc_hz);
  if (request.seed) line += " uk.seed=" + hex(*request.seed, "");
  return request.command_line.empty() ? line : line + " " + request.command_line;
}

std::string firecracker_config(const RunRequest& request, const FirecrackerFiles& files, std::int64_t epoch_ns) {
  Json boot{{"kernel_image_path", files.image}, {"boot_args", firecracker_boot_line(request, epoch_ns)}};
  if (!files.module.empty()) boot["initrd_path"] = files.module;
  const auto memory = (request.memory_bytes + mebibyte - 1) / mebibyte;
  // Its own log would come between the lines of the serial port; what stops it, it says on standard error too.
  const Json config{{"boot-source", boot},
                    {"drives", Json::array({{{"drive_id", "records"},
                                             {"path_on_host", files.records},
                                             {"is_root_device", false},
                                             {"is_read_only", false},
                                             {"cache_type", "Unsafe"},
                                             {"io_engine", "Sync"}}})},
                    {"machine-config", {{"vcpu_count", 1}, {"mem_size_mib", memory}, {"smt", false}}},
                    {"network-interfaces", interfaces(request)},
                    {"entropy", Json::object()},
                    {"logger", {{"log_path", "/dev/null"}, {"level", "Error"}}}};
  return config.dump(2);
}

std::vector<std::string> firecracker_command(const std::string& program, const std::string& config_path) {
  return {program, "--no-api", "--config-file", config_path};
}

StatusMeaning meaning_of_firecracker_status(int status) {
  constexpr int environment = os_linux::to_int(os_linux::ExitCode::environment);
  constexpr int bad_system_call = 148, bad_configuration = 152, bad_arguments = 153;
  switch (status) {
    case 0:
      return {};
    case bad_system_call:
      return {environment, "Firecracker was killed by its own system-call filter"};
    case bad_configuration:
      return {environment, "Firecracker refuses its configuration, or has no usable KVM"};
    case bad_arguments:
      return {environment, "Firecracker does not know its arguments: it is too old or too new"};
    default:
      return {environment, "Firecracker could not start or keep up the machine"};
  }
}

}  // namespace utnt::tender
