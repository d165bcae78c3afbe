// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/probe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "fleet/node/capabilities.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/node_key.hpp"
#include "fleet/trust/key_file.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/runtime_directory.hpp"
#include "os_linux/scratch_directory.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/end_name.hpp"
#include "tender/kvm_probe.hpp"
#include "tender/qemu/qemu_tender.hpp"
#include "tender/tender.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::ordered_json;
using os_linux::ExitCode;
using os_linux::Failure;

constexpr int no_interface = 4;  // docs/reference/image.md
constexpr Duration guest_patience{20'000'000'000};

Json run_guest(tender::Tender& tender, const std::string& image, const std::string& tender_program) {
  try {
    tender::RunRequest request;
    request.image = image;
    // Addresses of documentation (RFC 5737); without an interface no packet can go anywhere.
    request.command_line = "hold-ms=1 net0.ip4=192.0.2.1/30 net0.gw4=192.0.2.2";
    request.time_limit = guest_patience;
    request.log_descriptor = -1;
    request.tender_program = tender_program;
    const auto instance = tender.start(request);
    const auto outcome = tender::run_to_end(*instance, [](ConstBytes) {});
    const auto& measured = outcome.measured;
    const bool works =
        outcome.end == tender::End::exited && outcome.exit_code == no_interface && outcome.trailer.has_value();
    constexpr std::int64_t microsecond = 1'000;
    return {{"works", works},
            {"end", tender::name_of(outcome.end)},
            {"exit_code", outcome.exit_code},
            {"microseconds", (measured.ended - measured.spawned).ns() / microsecond},
            {"pss_bytes", measured.peak.pss_bytes},
            {"detail", works ? std::string{} : outcome.explanation}};
  } catch (const Failure& failure) {
    return {{"works", false}, {"end", "not_started"}, {"detail", failure.what()}};
  }
}

Json probe_guests(const NodeConfig& config, const ProbeRequest& request, const std::string& tender_program,
                  const tender::KvmFinding& kvm) {
  Json guests = Json::object();
  os_linux::make_private_directory(config.spool);
  const os_linux::ScratchDirectory directory{config.spool, ".probe"};
  for (const auto& image : request.images) {
    const auto& allowed = config.tenders;
    if (std::find(allowed.begin(), allowed.end(), image.tender) == allowed.end()) {
      guests[image.tender] = {{"works", false}, {"end", "not_started"}, {"detail", "this node does not allow it"}};
      continue;
    }
    const auto path = directory / image.tender;
    constexpr unsigned executable = 0700;
    write_durably(path, image.bytes, executable);
    const auto tender = image.tender == "qemu" ? tender::make_qemu_tender(kvm) : tender::make_process_tender();
    guests[image.tender] = run_guest(*tender, path, tender_program);
  }
  return guests;
}

bool opens_tap() { return os_linux::UniqueFd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)}.is_open(); }

}  // namespace

ProbeAnswer probe_node(const NodeConfig& config, const ProbeRequest& request, const std::string& tender_program,
                       const std::string& version) {
  const auto begin_ns = os_linux::wall_clock_ns();
  make_private_directory(config.spool);
  const auto key_path = config.spool + "/node.key";
  std::optional<SecretKey> key;
  if (request.enrols || std::filesystem::exists(key_path)) key = load_or_make_key(key_path);
  const auto kvm = tender::probe_kvm();
  Json record{{"type", "record"},
              {"schema", 1},
              {"version", version},
              {"key", key ? key_text(key->public_key()) : std::string{}},
              {"slots", config.slots},
              {"pps_max", config.pps_max},
              {"memory_max", config.memory_max},
              {"tenders", config.tenders},
              {"variants", config.variants}};
  record["machine"] = Json::parse(std::string_view{capabilities_text(config.spool)});
  record["machine"]["tap"] = opens_tap();
  record["kvm"] = {{"verdict", tender::verdict_name(kvm.verdict)}, {"ns", kvm.took.ns()}, {"detail", kvm.reason}};
  record["guests"] = probe_guests(config, request, tender_program, kvm);
  record["begin_ns"] = begin_ns;
  record["end_ns"] = os_linux::wall_clock_ns();
  ProbeAnswer answer{.record = record.dump(-1, ' ', true, Json::error_handler_t::replace), .signature = {}};
  if (key) answer.signature = sign_statement(*key, Purpose::record, answer.record);
  return answer;
}

}  // namespace utnt::fleet
