// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/probe.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

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
#include "tender/container/container_tender.hpp"
#include "tender/end_name.hpp"
#include "tender/kvm_probe.hpp"
#include "tender/linux_vm/vm_tender.hpp"
#include "tender/network/network_setup.hpp"
#include "tender/qemu/qemu_tender.hpp"
#include "tender/tender.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::ordered_json;
using os_linux::ExitCode;
using os_linux::Failure;

constexpr Duration guest_patience{20'000'000'000}, container_patience{40'000'000'000};
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// One that gets so far that it finds out what it was not given, and then ends with that code
/// (docs/reference/image.md).
struct Guest {
  std::unique_ptr<tender::Tender> tender;
  tender::RunRequest request{};
  int exit_code;
};

Guest unikernel_guest(std::unique_ptr<tender::Tender> tender, const std::string& tender_program) {
  constexpr int no_interface = 4;
  Guest guest{.tender = std::move(tender), .exit_code = no_interface};
  // Addresses of documentation (RFC 5737); without an interface no packet can go anywhere.
  guest.request.command_line = "hold-ms=1 net0.ip4=192.0.2.1/30 net0.gw4=192.0.2.2";
  guest.request.time_limit = guest_patience;
  guest.request.tender_program = tender_program;
  return guest;
}

/// The prober of containers and machines wants an interface, and ends without a destination before it opens it.
Guest prober_guest(std::unique_ptr<tender::Tender> tender, tender::NicRequest nic, std::uint64_t memory_bytes) {
  constexpr int no_destination = 2;
  Guest guest{.tender = std::move(tender), .exit_code = no_destination};
  guest.request.command_line = "net0.ip4=192.0.2.1/30";
  guest.request.time_limit = container_patience;
  guest.request.memory_bytes = memory_bytes;
  guest.request.nics = {std::move(nic)};
  return guest;
}

Json run_guest(Guest guest, const std::string& image) {
  try {
    auto& request = guest.request;
    request.image = image;
    request.log_descriptor = -1;
    const auto instance = guest.tender->start(request);
    const auto outcome = tender::run_to_end(*instance, [](ConstBytes) {});
    const auto& measured = outcome.measured;
    const bool works =
        outcome.end == tender::End::exited && outcome.exit_code == guest.exit_code && outcome.trailer.has_value();
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

/// What is tried in a directory of its own, which goes with all that is in it.
class Guests {
 public:
  Guests(const NodeConfig& config, const std::string& tender_program, const tender::KvmFinding& kvm)
      : config_{config}, tender_program_{tender_program}, kvm_{kvm}, directory_{config.spool, ".probe"} {}
  Guests(const Guests&) = delete;
  Guests& operator=(const Guests&) = delete;
  ~Guests() { tender::remove_container_storage(containers()); }

  Json run(const ProbeImage& image) {
    if (!is_allowed(image.tender))
      return {{"works", false}, {"end", "not_started"}, {"detail", "this node does not allow it"}};
    const auto path = directory_ / image.tender;
    constexpr unsigned executable = 0700;
    write_durably(path, image.bytes, executable);
    return run_guest(guest(image.tender), path);
  }

 private:
  [[nodiscard]] std::string containers() const { return directory_ / "containers"; }

  [[nodiscard]] bool is_allowed(const std::string& tender) const {
    const auto& allowed = tender == "process" || tender == "qemu" ? config_.tenders : config_.variants;
    return std::find(allowed.begin(), allowed.end(), tender) != allowed.end();
  }

  [[nodiscard]] Guest guest(const std::string& tender) {
    if (tender == "process") return unikernel_guest(tender::make_process_tender(), tender_program_);
    if (tender == "qemu") return unikernel_guest(tender::make_qemu_tender(kvm_), tender_program_);
    tender::NicRequest nic;
    if (tender == "container") {
      nic.kind = tender::NicKind::packet_ring;
      nic.tap = "lo";
      return prober_guest(tender::make_container_tender(containers()), nic, 64 * mebibyte);
    }
    nic.kind = tender::NicKind::unix_datagram;
    nic.mac = tender::fresh_mac();
    nic.peer_path = directory_ / "port";
    port_ = bound_socket(nic.peer_path);
    return prober_guest(tender::make_linux_vm_tender(kvm_), nic, 128 * mebibyte);
  }

  /// Nobody reads it: what is at the other end of the machine's interface.
  static os_linux::UniqueFd bound_socket(const std::string& path) {
    os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
      throw Failure{ExitCode::environment, "the path of the spool is too long for a socket: " + path};
    path.copy(address.sun_path, path.size());
    if (!socket.is_open() || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw os_linux::system_failure("cannot make " + path, errno);
    return socket;
  }

  const NodeConfig& config_;
  const std::string& tender_program_;
  const tender::KvmFinding& kvm_;
  os_linux::ScratchDirectory directory_;
  os_linux::UniqueFd port_;
};

Json probe_guests(const NodeConfig& config, const ProbeRequest& request, const std::string& tender_program,
                  const tender::KvmFinding& kvm) {
  Json results = Json::object();
  os_linux::make_private_directory(config.spool);
  Guests guests{config, tender_program, kvm};
  for (const auto& image : request.images) results[image.tender] = guests.run(image);
  return results;
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
