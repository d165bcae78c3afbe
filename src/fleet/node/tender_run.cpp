// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/tender_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "fleet/model/bundle.hpp"
#include "fleet/model/outcome.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/interfaces.hpp"
#include "results/assembler.hpp"
#include "results/frame_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "tender/end_name.hpp"
#include "tender/network/network_setup.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t second = 1'000'000'000;

/// A record sink must not end the run in the middle of a frame: what is too much is noticed, not thrown.
class TenderRun final : public Run {
 public:
  TenderRun(Order order, std::uint32_t attempt, RunSetting setting, bool shares_clock)
      : order_{std::move(order)},
        attempt_{attempt},
        setting_{std::move(setting)},
        shares_clock_{shares_clock},
        writer_{[this](std::string_view line) { payload_ += line; }},
        assembler_{writer_},
        reader_{assembler_} {}

  void begin(tender::Tender& tender, tender::RunRequest request);

  [[nodiscard]] int descriptor() const override { return instance_->descriptor(); }
  [[nodiscard]] std::optional<Instant> deadline() const override { return instance_->deadline(); }
  bool step() override;
  void stop(const std::string& reason) override;
  [[nodiscard]] std::uint64_t probes() const override { return assembler_.summary().counters.probes_sent; }
  [[nodiscard]] std::string bundle() const override;

 private:
  [[nodiscard]] std::string reason() const;

  Order order_;
  std::uint32_t attempt_;
  RunSetting setting_;
  bool shares_clock_;
  std::string payload_;
  results::JsonlWriter writer_;
  results::Assembler assembler_;
  results::FrameReader reader_;
  std::unique_ptr<tender::Instance> instance_;
  std::string stop_reason_;
  Instant last_record_;
  bool is_over_{false};
};

tender::NicRequest nic_of(const NodeNetwork& network) {
  tender::NicRequest nic;
  nic.mac = tender::fresh_mac();  // several instances may share a bridge, and the other end has one too
  if (network.kind == "unix") {
    nic.kind = tender::NicKind::unix_datagram;
    nic.peer_path = network.peer;
  } else if (network.kind == "tap" || network.kind == "ring") {
    nic.kind = network.kind == "tap" ? tender::NicKind::tap : tender::NicKind::packet_ring;
    nic.tap = network.peer;
    if (network.kind == "ring") nic.mac = os_linux::find_interface(network.peer).mac.octets;
  } else {
    throw os_linux::Failure{os_linux::ExitCode::environment,
                            "this node has no network for its instances; give it one in the inventory"};
  }
  return nic;
}

void TenderRun::begin(tender::Tender& tender, tender::RunRequest request) {
  auto input = run_input(order_, setting_);
  request.image = setting_.image;
  request.command_line = std::move(input.command_line);
  request.memory_bytes = order_.limits.memory_bytes;
  const auto bytes = std::as_bytes(std::span{input.module});
  request.module.assign(bytes.begin(), bytes.end());
  request.nics = {nic_of(setting_.network)};
  request.time_limit = Duration{order_.limits.seconds * second};
  request.log_descriptor = STDERR_FILENO;
  instance_ = tender.start(request);
}

bool TenderRun::step() {
  if (is_over_) return false;
  const auto take = [this](ConstBytes bytes) {
    last_record_ = os_linux::monotonic_now();
    reader_.add(bytes);
    os_linux::fault_point("a guest has written");
    os_linux::fault_point_of("guest", "it has written", instance_->process_id());
  };
  const bool goes_on = instance_->step(take);
  if (payload_.size() > order_.limits.result_bytes) stop(std::string{reason::too_large});
  if (goes_on) return true;
  os_linux::fault_point("a guest has ended");
  reader_.finish();
  assembler_.finish();
  is_over_ = true;
  return false;
}

void TenderRun::stop(const std::string& reason) {
  if (!stop_reason_.empty()) return;
  stop_reason_ = reason;
  instance_->stop();
}

std::string TenderRun::reason() const {
  const auto& outcome = instance_->outcome();
  if (!stop_reason_.empty()) return stop_reason_;
  if (outcome.end == tender::End::time_limit) return std::string{reason::time_limit};
  if (outcome.exit_code == 0 && reader_.is_complete()) return {};
  return std::string{reason::crashed};
}

std::string TenderRun::bundle() const {
  const auto& outcome = instance_->outcome();
  const auto trailer = outcome.trailer.value_or(abi::Trailer{});
  const auto stamp = [this](std::uint64_t ns) { return shares_clock_ ? static_cast<std::int64_t>(ns) : 0; };
  BundleHeader header{.job = order_.id, .attempt = attempt_, .node = setting_.node};
  header.variant = std::string{name_of(order_.variant)};
  header.tender = order_.tender;
  header.image = order_.image;
  header.exit_code = outcome.exit_code;
  header.end = std::string{tender::name_of(outcome.end)};
  header.reason = reason();
  header.is_complete = header.reason.empty();
  header.detail = outcome.explanation.empty() ? reader_.complaint() : outcome.explanation;
  header.probes = probes();
  header.phases = {{"received", setting_.received.ns()},           {"verified", setting_.verified.ns()},
                   {"spawned", outcome.measured.spawned.ns()},     {"first_probe", stamp(trailer.first_frame_ns)},
                   {"first_reply", stamp(trailer.first_reply_ns)}, {"last_record", last_record_.ns()},
                   {"ended", outcome.measured.ended.ns()}};
  header.measured = {{"record_bytes", static_cast<std::int64_t>(outcome.measured.record_bytes)},
                     {"user_ns", outcome.measured.user_time.ns()},
                     {"system_ns", outcome.measured.system_time.ns()},
                     {"pss_peak_bytes", static_cast<std::int64_t>(outcome.measured.peak.pss_bytes)}};
  return write_bundle(header, payload_);
}

}  // namespace

RunInput run_input(const Order& order, const RunSetting& setting) {
  RunInput input;
  const auto pps = std::min(order.limits.pps, setting.pps_max);
  // A later word wins: what the node insists on stands behind what the order asks for.
  input.command_line = fmt::format("{} pps={} targets={} net0.ip4={}", order.options, pps, order.targets.size(),
                                   setting.network.address);
  if (setting.prefix_pps_max != 0) input.command_line += fmt::format(" prefix-pps={}", setting.prefix_pps_max);
  if (!setting.network.gateway.empty()) input.command_line += " net0.gw4=" + setting.network.gateway;
  if (!setting.network.gateway_mac.empty()) input.command_line += " net0.gwmac=" + setting.network.gateway_mac;
  for (const auto& range : setting.forbidden) input.module += "!" + range + "\n";
  for (const auto& target : order.targets) input.module += target + "\n";
  return input;
}

std::unique_ptr<Run> start_run(const Order& order, std::uint32_t attempt, const RunSetting& setting,
                               tender::Tender& tender, tender::RunRequest request, bool shares_clock) {
  auto run = std::make_unique<TenderRun>(order, attempt, setting, shares_clock);
  run->begin(tender, std::move(request));
  return run;
}

}  // namespace utnt::fleet
